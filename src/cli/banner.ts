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

export function banner(facts: BannerFacts): string {
  const { config, version, addresses, segments, report, kernels } = facts;
  const { sourceRoots, shmSourcePrefixes } = config.security;
  const found = report.warm ? `, ${report.variables} variables found from before` : '';
  const rows: [string, string][] = [
    ['address', addresses.join('  ')],
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

function redisCli({ listen, security }: Config, addresses: readonly string[]): string {
  const password = security.password === undefined ? '' : ' -a PASSWORD';
  const tcp = addresses.find((address) => !address.startsWith('unix:'));
  if (tcp === undefined) return `redis-cli -s ${quote(listen.unixPath ?? '')}${password}`;
  const { host, port } = splitAddress(tcp);
  const hostOption = ['127.0.0.1', '0.0.0.0'].includes(host) ? '' : ` -h ${host === '::' ? '::1' : host}`;
  return `redis-cli${hostOption}${port === DEFAULT_PORT ? '' : ` -p ${port}`}${password}`;
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
