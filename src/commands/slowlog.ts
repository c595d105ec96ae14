import { FabricError } from '../errors.js';
import { OK } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import { integerOf } from '../util/args.js';
import type { Command, CommandFlag } from './command.js';
import type { Context, SlowlogEntry } from './context.js';
import { helpCommand } from './help.js';
import { wrongSubcommandArity } from './refusals.js';

const COUNT_DEFAULT = 10;

const common = {
  flags: ['admin', 'loading', 'stale'] as readonly CommandFlag[],
  categories: ['@admin', '@slow', '@dangerous'],
  group: 'server',
  since: '2.2.12',
} as const;

function parseCount(arg: Buffer | undefined): number {
  if (arg === undefined) return COUNT_DEFAULT;
  const count = integerOf(arg);
  if (count === undefined || count < -1) {
    throw new FabricError('ERR', 'count should be greater than or equal to -1');
  }
  return count === -1 ? Infinity : count;
}

const entryReply = (entry: SlowlogEntry): Reply => [
  entry.id,
  entry.timeSeconds,
  entry.microseconds,
  entry.args,
  entry.client,
  entry.clientName,
];

function get(context: Context, args: readonly Buffer[]): Reply {
  if (args.length > 3) throw wrongSubcommandArity('slowlog', args[1]!);
  return context.server.slowlog.entries().slice(0, parseCount(args[2])).map(entryReply);
}

function reset({ server }: Context): Reply {
  server.slowlog.reset();
  return OK;
}

const subcommands: readonly Command[] = [
  {
    ...common,
    name: 'slowlog|get',
    arity: -2,
    summary: `Answers the latest slow commands, ${COUNT_DEFAULT} unless told; -1: all.`,
    complexity: 'O(N) for N entries',
    arguments: [{ name: 'count', type: 'integer', optional: true }],
    reply: '[[id, unix seconds, microseconds, [argument, …], address, client name], …] newest first',
    notes: '`CONFIG SET slowlog-log-slower-than` sets what is slow, `slowlog-max-len` how many are kept.',
    handler: get,
  },
  {
    ...common,
    name: 'slowlog|len',
    arity: 2,
    summary: 'Answers how many slow commands are kept.',
    complexity: 'O(1)',
    arguments: [],
    reply: 'integer',
    handler: ({ server }) => server.slowlog.entries().length,
  },
  {
    ...common,
    name: 'slowlog|reset',
    arity: 2,
    summary: 'Forgets the slow commands.',
    complexity: 'O(1)',
    arguments: [],
    reply: 'OK',
    handler: reset,
  },
  helpCommand('slowlog', '6.2.0'),
];

export const slowlogCommand: Command = {
  ...common,
  name: 'slowlog',
  arity: -2,
  flags: [],
  categories: ['@slow'],
  summary: 'The log of slow commands.',
  complexity: 'Depends on the subcommand.',
  arguments: [],
  reply: 'as its subcommands',
  subcommands,
};
