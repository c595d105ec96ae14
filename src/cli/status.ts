import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { Option, type Command } from 'commander';
import { FabricError } from '../errors.js';
import { ask, nodesOf, segmentsOf, type Fields, type Server } from './asking.js';
import { nodeTable } from './node-table.js';
import { segmentTable, type SegmentRow } from './segment-table.js';

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
    return `${nodes}\n\n${segmentTable((await segmentsOf(client)).map(segmentRow))}\n`;
  });
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
