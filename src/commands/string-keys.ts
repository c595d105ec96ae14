/** What all variables have in common, in Redis' words: DEL, UNLINK, EXISTS, TOUCH, TYPE, DBSIZE, FLUSHALL. */
import { OK, simple, type Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { countEverywhere, removeEverywhere } from './everywhere.js';
import { orElsewhere } from './elsewhere.js';
import { FIRST_KEY } from './fabric-records.js';

const common = { since: '0.1.0', group: 'generic' } as const satisfies Partial<Command>;
const ALL_KEYS = { first: 1, last: -1, step: 1 } as const;

function del({ fabric }: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  return fabric.removals.remove(args.slice(1));
}

function exists({ fabric, cluster }: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  if (cluster !== undefined) return countEverywhere(cluster, fabric, args.slice(1));
  if (args.length === 2) return fabric.readers.find(args[1]!) === undefined ? 0 : 1;
  return fabric.readers.count(args.slice(1));
}

function type({ fabric }: Context, args: readonly Buffer[]): Reply {
  return simple(fabric.readers.find(args[1]!) === undefined ? 'none' : 'string');
}

async function flushAll({ fabric, cluster }: Context, args: readonly Buffer[]): Promise<Reply> {
  const reader = new ArgumentReader(args, 1);
  if (!reader.take('ASYNC')) reader.take('SYNC');
  if (!reader.done()) reader.fail(['ASYNC', 'SYNC']);
  if (cluster === undefined) await fabric.removals.removeAll();
  else await removeEverywhere(cluster);
  return OK;
}

export const delCommand: Command = {
  ...common,
  name: 'del',
  arity: -2,
  flags: ['write'],
  keys: ALL_KEYS,
  categories: ['@keyspace', '@write', '@slow'],
  summary: 'Removes variables.',
  complexity: 'O(N) for N keys',
  arguments: [{ name: 'key', type: 'key', multiple: true }],
  reply: 'how many there were',
  notes: 'As FABRIC.DELETE.',
  handler: del,
};

export const existsCommand: Command = {
  ...common,
  name: 'exists',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: ALL_KEYS,
  categories: ['@keyspace', '@read', '@fast'],
  summary: 'Counts which of the names are there; one named twice counts twice.',
  complexity: 'O(N) for N keys',
  arguments: [{ name: 'key', type: 'key', multiple: true }],
  reply: 'how many',
  handler: exists,
};

/** Memory is given back in the same way by both. */
export const unlinkCommand: Command = {
  ...delCommand,
  name: 'unlink',
  flags: ['write', 'fast'],
  categories: ['@keyspace', '@write', '@fast'],
  notes: 'As DEL.',
};

export const touchCommand: Command = {
  ...existsCommand,
  name: 'touch',
  notes: 'As EXISTS: no access times are kept.',
};

export const typeCommand: Command = {
  ...common,
  name: 'type',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: FIRST_KEY,
  categories: ['@keyspace', '@read', '@fast'],
  summary: 'Answers what Redis would call the variable: always `string`.',
  complexity: 'O(1)',
  arguments: [{ name: 'key', type: 'key' }],
  reply: 'string | none',
  notes: 'FABRIC.INFO tells the datashape.',
  handler: orElsewhere(type, () => simple('string')),
};

export const dbsizeCommand: Command = {
  ...common,
  name: 'dbsize',
  arity: 1,
  flags: ['readonly', 'fast'],
  everyName: true,
  categories: ['@keyspace', '@read', '@fast'],
  summary: 'Counts the variables.',
  complexity: 'O(1)',
  arguments: [],
  reply: 'integer',
  handler: ({ fabric, cluster }) => cluster?.lookup.countVariables() ?? fabric.stats().variables,
};

export const flushAllCommand: Command = {
  ...common,
  name: 'flushall',
  arity: -1,
  flags: ['write'],
  everyName: true,
  categories: ['@keyspace', '@write', '@slow', '@dangerous'],
  summary: 'Removes all variables.',
  complexity: 'O(N) for N variables, in steps with other clients between',
  arguments: [
    {
      name: 'flush-type',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'async', type: 'pure-token', token: 'ASYNC' },
        { name: 'sync', type: 'pure-token', token: 'SYNC' },
      ],
    },
  ],
  reply: 'OK',
  notes: `With either word, OK comes when they are gone. What is stored meanwhile may stay; reservations and segments stay, pinned bytes until
their pins go.`,
  handler: flushAll,
};
