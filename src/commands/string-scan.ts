import { FabricError } from '../errors.js';
import type { Page } from '../fabric/listing.js';
import type { Reply } from '../resp/reply.js';
import { ArgumentReader, integerOf } from '../util/args.js';
import { globMatcher } from '../util/glob.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { listEverywhere } from './everywhere.js';
import { bothMatch } from './name-patterns.js';
import { visibleNames } from './permission.js';
import { notAnInteger, syntaxError } from './refusals.js';

const COUNT_DEFAULT = 10;
/** As FABRIC.LIST: a larger COUNT is served as this. */
const COUNT_MAX = 100_000;

interface ScanOptions {
  count: number;
  matches: ((name: Buffer) => boolean) | undefined;
}

async function scan({ fabric, cluster, session }: Context, args: readonly Buffer[]): Promise<Reply> {
  const cursor = integerOf(args[1]!);
  if (cursor === undefined || cursor < 0) throw new FabricError('ERR', 'invalid cursor');
  const { count, matches } = parseOptions(new ArgumentReader(args, 2));
  return scanReply(
    await listEverywhere(cluster, fabric, { cursor, count, matches: bothMatch(matches, visibleNames(session)) }),
  );
}

const scanReply = ({ cursor, names }: Page): Reply => [String(cursor), names];

function parseOptions(reader: ArgumentReader): ScanOptions {
  let count = COUNT_DEFAULT;
  let matches: ScanOptions['matches'];
  let typeMatches = true;
  while (!reader.done()) {
    if (reader.take('MATCH')) matches = globMatcher(reader.next('pattern'));
    else if (reader.take('COUNT')) count = parseCount(reader.next('count'));
    else if (reader.take('TYPE')) typeMatches = reader.next('type').toString('latin1').toLowerCase() === 'string';
    else throw syntaxError();
  }
  return { count, matches: typeMatches ? matches : () => false };
}

function parseCount(arg: Buffer): number {
  const count = integerOf(arg);
  if (count === undefined) throw notAnInteger();
  if (count < 1) throw syntaxError();
  return Math.min(count, COUNT_MAX);
}

export const scanCommand: Command = {
  name: 'scan',
  arity: -2,
  flags: ['readonly'],
  categories: ['@keyspace', '@read', '@slow'],
  summary: 'Lists the names of variables, page by page.',
  complexity: 'O(N) for COUNT N',
  since: '0.1.0',
  group: 'generic',
  arguments: [
    { name: 'cursor', type: 'integer' },
    { name: 'pattern', type: 'pattern', token: 'MATCH', optional: true },
    { name: 'count', type: 'integer', token: 'COUNT', optional: true },
    { name: 'type', type: 'string', token: 'TYPE', optional: true },
  ],
  reply: '[next cursor, [name, …]]',
  notes: `As in Redis: begin with 0, go on until 0 comes back. COUNT (default ${COUNT_DEFAULT}) is about how many names are looked at. Every variable is of TYPE
string. FABRIC.LIST does the same in larger pages.`,
  handler: scan,
};
