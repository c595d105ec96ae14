import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { Option, type Command } from 'commander';
import type { Redis } from 'ioredis';
import { FabricError } from '../errors.js';
import { ask, nodesOf, segmentsOf, type Fields, type Server } from './asking.js';
import { nodeTable } from './node-table.js';
import { plainTable, segmentTable, textOf, type SegmentRow } from './segment-table.js';

const DEFAULT_URL = 'redis://127.0.0.1:6379';

export interface UrlOptions {
  url?: string;
  cacert?: string;
  cert?: string;
  key?: string;
}

/** Which server a command asks. */
export function addUrlOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-u, --url <url>',
        'redis://[user:password@]host:port, rediss://… for TLS, or the path of a unix socket',
      ),
    )
    .option('--cacert <file>', 'who signed the certificate of the server, for TLS (PEM)')
    .option('--cert <file>', "the client's certificate, where the server wants one (PEM)")
    .option('--key <file>', 'its key (PEM)');
}

export function addStatusCommand(program: Command): void {
  const command = program
    .command('status')
    .description(`Show the nodes and segments of a running server, by default that of ${DEFAULT_URL}.`);
  addUrlOptions(command).action(async (options: UrlOptions) => void process.stdout.write(await status(options)));
}

async function status(options: UrlOptions): Promise<string> {
  return ask(serverOf(options), async (client) => {
    const nodes = nodeTable(await nodesOf(client), process.stdout.isTTY);
    const tables = [nodes, segmentTable((await segmentsOf(client)).map(segmentRow)), ...(await storeTables(client))];
    return `${tables.join('\n\n')}\n`;
  });
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

export function serverOf({ url = DEFAULT_URL, ...files }: UrlOptions): Server {
  return {
    shown: url.replace(/:[^:@/]*@/, ':***@'),
    url,
    options: url.startsWith('rediss:') ? { tls: tlsOptions(files) } : {},
  };
}

function tlsOptions({ cacert, cert, key }: Omit<UrlOptions, 'url'>): ConnectionOptions {
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

function segmentRow(fields: Fields): SegmentRow {
  return {
    sharedId: fields.get('shared_id') ?? '',
    bytes: Number(fields.get('bytes')),
    usedBytes: Number(fields.get('used_bytes')),
    variables: Number(fields.get('variables')),
  };
}
