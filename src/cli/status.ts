import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { Command } from 'commander';
import { Redis } from 'ioredis';
import { FabricError } from '../errors.js';
import { plainTable, segmentTable, textOf, type SegmentRow } from './segment-table.js';

const MIB = 2 ** 20;
const CONNECT_MS_MAX = 3000;

/** A map as RESP2 has it. */
type Labelled = (string | number)[];

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('Show the nodes and segments of a running server.')
    .option(
      '-u, --url <url>',
      'redis://[user:password@]host:port, rediss://… for TLS, or the path of a unix socket',
      'redis://127.0.0.1:6379',
    )
    .option('--cacert <file>', 'who signed the certificate of the server, for TLS (PEM)')
    .option('--cert <file>', "the client's certificate, where the server wants one (PEM)")
    .option('--key <file>', 'its key (PEM)')
    .action(async (options: StatusOptions) => void process.stdout.write(await status(options)));
}

interface StatusOptions {
  url: string;
  cacert?: string;
  cert?: string;
  key?: string;
}

async function status({ url, ...files }: StatusOptions): Promise<string> {
  const client = new Redis(url, {
    ...(url.startsWith('rediss:') ? { tls: tlsOptions(files) } : {}),
    lazyConnect: true,
    retryStrategy: null,
    connectTimeout: CONNECT_MS_MAX,
    protocol: 2,
  });
  // The rejection of connect() says only that it is closed.
  let reason: unknown;
  client.on('error', (error: unknown) => (reason = error));
  try {
    await client.connect();
    const nodes = (await client.call('FABRIC.NODES')) as Labelled[];
    const segments = (await client.call('FABRIC.SEGMENTS')) as Labelled[];
    const tables = [nodeTable(nodes.map(fieldsOf)), segmentTable(segments.map(fieldsOf).map(segmentRow))];
    return `${[...tables, ...(await storeTables(client))].join('\n\n')}\n`;
  } catch (error) {
    throw new FabricError(
      'ERR',
      `cannot ask ${url.replace(/:[^:@/]*@/, ':***@')}: ${((reason ?? error) as Error).message}`,
    );
  } finally {
    client.disconnect();
  }
}

/** None for a user who may not ask for INFO. */
async function storeTables(client: Redis): Promise<string[]> {
  const text = await client.info('stores').catch((error: unknown) => {
    if ((error as Error).message.startsWith('NOPERM')) return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const lines = text.split('\r\n').map((line) => [line.split(':', 1)[0]!, line.slice(line.indexOf(':') + 1)] as const);
  const facts = new Map(lines);
  const table = plainTable(['store of', 'kind', 'state', 'where, or why not'], []);
  for (const use of ['meta', 'data']) {
    const fact = (name: string): string => facts.get(`${use}_store${name}`) ?? '';
    table.push([use, fact(''), fact('_state'), fact('_location') || fact('_problem')]);
  }
  return [textOf(table)];
}

function tlsOptions({ cacert, cert, key }: Omit<StatusOptions, 'url'>): ConnectionOptions {
  const files = Object.entries({ ca: cacert, cert, key }).filter((entry): entry is [string, string] => !!entry[1]);
  return Object.fromEntries(files.map(([option, path]) => [option, readPem(path)]));
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FabricError('ERR', `cannot read ${path}: ${(error as Error).message}`);
  }
}

function fieldsOf(labelled: Labelled): Map<string, string> {
  const fields = new Map<string, string>();
  for (let index = 0; index < labelled.length; index += 2)
    fields.set(String(labelled[index]), String(labelled[index + 1]));
  return fields;
}

function nodeTable(nodes: Map<string, string>[]): string {
  const table = plainTable(['node', 'address', 'role', 'state', 'MiB', 'used MiB', 'variables'], [5, 6, 7]);
  for (const node of nodes) {
    const text = (key: string): string => node.get(key) ?? '';
    const mib = (key: string): string => (Number(node.get(key)) / MIB).toFixed(0);
    table.push([
      text('node'),
      text('address'),
      text('role'),
      text('state'),
      mib('bytes'),
      mib('used_bytes'),
      text('variables'),
    ]);
  }
  return textOf(table);
}

function segmentRow(fields: Map<string, string>): SegmentRow {
  return {
    sharedId: fields.get('shared_id') ?? '',
    bytes: Number(fields.get('bytes')),
    usedBytes: Number(fields.get('used_bytes')),
    variables: Number(fields.get('variables')),
  };
}
