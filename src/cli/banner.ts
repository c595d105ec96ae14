/** What a person sees when the server has started. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, RunningNode, SegmentStats } from '../main.js';
import { segmentTable } from './segment-table.js';

export interface BannerFacts extends Pick<RunningNode, 'addresses' | 'report' | 'kernels'> {
  config: Config;
  version: string;
  segments: readonly SegmentStats[];
}

const DEFAULT_PORT = 6379;
/** How the addresses of TLS listeners begin. */
const TLS = 'tls:';

export function banner(facts: BannerFacts): string {
  const { config, version, addresses, segments, report, kernels } = facts;
  const { sourceRoots, shmSourcePrefixes } = config.security;
  const found = report.warm ? `, ${report.variables} variables found from before` : '';
  const rows: [string, string][] = [
    ['address', addresses.join('  ')],
    ...(config.users.length > 0 ? [['users', config.users.map(shownUser).join(', ')] as [string, string]] : []),
    ['node', `${config.node.name}${found}`],
    ['FILE sources', sourceRoots.length > 0 ? `below ${sourceRoots.join(', ')}` : 'none (security.source_roots)'],
    ['SHM sources', shmSourcePrefixes.length > 0 ? shmSourcePrefixes.map((prefix) => `${prefix}…`).join(', ') : 'none'],
  ];
  const lines = rows.map(([label, text]) => `  ${label.padEnd(14)}${text}`);
  const examples = tryLines(config, addresses).map((line) => `  ${line}`);
  return [
    '',
    `Datafabric ${version} (kernels ${kernels})`,
    ...lines,
    '',
    indent(segmentTable(segments)),
    '',
    'Try:',
    ...examples,
    '',
    '',
  ].join('\n');
}

/** Three commands that work as they stand, however often. */
export function tryLines(config: Config, addresses: readonly string[]): string[] {
  const cli = redisCli(config, addresses);
  return [`${cli} SET greeting "hello, fabric"`, `${cli} ${insertion(config)}`, `${cli} FABRIC.PTR sample`];
}

function insertion({ security }: Config): string {
  const file = security.sourceRoots.map((root) => join(root, 'weather.csv')).find((path) => existsSync(path));
  const source = file === undefined ? 'BYTES "what another process reads without a copy"' : `FILE ${quote(file)}`;
  return `FABRIC.INSERT sample "a first try" bytes REPLACE ${source}`;
}

const shownUser = ({ name, enabled }: Config['users'][number]): string => (enabled ? name : `${name} (disabled)`);

export function redisCli(config: Config, addresses: readonly string[]): string {
  const credentials = credentialOptions(config);
  const tcp = addresses.find((address) => !/^(unix|tls):/.test(address));
  if (tcp !== undefined) return `redis-cli${addressOptions(tcp)}${credentials}`;
  const tls = addresses.find((address) => address.startsWith(TLS));
  if (tls === undefined) return `redis-cli -s ${quote(config.listen.unixPath ?? '')}${credentials}`;
  return `redis-cli --tls${tlsOptions(config)}${addressOptions(tls.slice(TLS.length))}${credentials}`;
}

function addressOptions(address: string): string {
  const { host, port } = splitAddress(address);
  const hostOption = ['127.0.0.1', '0.0.0.0'].includes(host) ? '' : ` -h ${host === '::' ? '::1' : host}`;
  return `${hostOption}${port === DEFAULT_PORT ? '' : ` -p ${port}`}`;
}

/** The server doesn't know who signed its certificate: often itself. */
function tlsOptions({ tls }: Config): string {
  const own = tls.clientCertificates === 'required' ? ' --cert CLIENT.pem --key CLIENT-KEY.pem' : '';
  return ` --cacert ${quote(tls.ca ?? tls.cert ?? '')}${own}`;
}

function credentialOptions({ security, users }: Config): string {
  const asDefault = users.find(({ name }) => name === 'default');
  if (asDefault === undefined) return security.password === undefined ? '' : ' -a PASSWORD';
  if (asDefault.enabled) return asDefault.nopass ? '' : ' -a PASSWORD';
  const someone = users.find(({ enabled }) => enabled)?.name ?? 'NAME';
  return ` --user ${someone} -a PASSWORD`;
}

/** `127.0.0.1:6379` or `[::1]:6379`. */
function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
