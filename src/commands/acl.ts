import { randomBytes } from 'node:crypto';
import { FabricError } from '../errors.js';
import { OK, record, type Reply } from '../resp/reply.js';
import { integerOf } from '../util/args.js';
import type { AclEntry } from './acl-log.js';
import { userLine, userReply } from './acl-users.js';
import type { Command, CommandFlag } from './command.js';
import type { Context } from './context.js';
import { helpCommand } from './help.js';
import { notAnInteger, repeated, wrongSubcommandArity } from './refusals.js';
import { CATEGORIES, runnable } from './user-rules.js';

const flags: readonly CommandFlag[] = ['noscript', 'loading', 'stale'];

/** For everyone. */
const open = { flags, categories: ['@slow'], complexity: 'O(1)', group: 'server', since: '6.0.0' } as const;

const admin = {
  ...open,
  flags: ['admin', ...flags] as readonly CommandFlag[],
  categories: ['@admin', '@slow', '@dangerous'],
} as const;

const GENPASS_BITS = 256;
const GENPASS_BITS_MAX = 4096;
const LOG_COUNT = 10;

function cat({ table }: Context, args: readonly Buffer[]): Reply {
  if (args.length > 3) throw wrongSubcommandArity('acl', args[1]!);
  const given = args[2];
  if (given === undefined) return CATEGORIES;
  const category = given.toString('latin1').toLowerCase();
  if (!CATEGORIES.includes(category)) throw new FabricError('ERR', `Unknown category '${repeated(given)}'`);
  return runnable(table)
    .filter(({ categories }) => categories.includes(`@${category}`))
    .map(({ name }) => name);
}

function getUser({ users }: Context, args: readonly Buffer[]): Reply {
  const user = users.find(args[2]!.toString());
  return user === undefined ? null : userReply(user);
}

function genPass(_context: Context, args: readonly Buffer[]): Reply {
  if (args.length > 3) throw wrongSubcommandArity('acl', args[1]!);
  const bits = args[2] === undefined ? GENPASS_BITS : integerOf(args[2]);
  if (bits === undefined) throw notAnInteger();
  if (bits < 1 || bits > GENPASS_BITS_MAX) {
    throw new FabricError(
      'ERR',
      `ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${GENPASS_BITS_MAX}`,
    );
  }
  const digits = Math.ceil(bits / 4);
  return randomBytes(Math.ceil(digits / 2))
    .toString('hex')
    .slice(0, digits);
}

function log(context: Context, args: readonly Buffer[]): Reply {
  if (args.length > 3) throw wrongSubcommandArity('acl', args[1]!);
  const { aclLog } = context.server;
  const option = args[2];
  if (option?.toString('latin1').toUpperCase() === 'RESET') {
    aclLog.reset();
    return OK;
  }
  const count = option === undefined ? LOG_COUNT : integerOf(option);
  if (count === undefined) throw notAnInteger();
  const nowMs = context.now();
  return aclLog.entries.slice(0, Math.max(0, count)).map((entry) => entryReply(entry, nowMs));
}

const entryReply = (entry: AclEntry, nowMs: number): Reply =>
  record({
    count: entry.count,
    reason: entry.reason,
    context: 'toplevel',
    object: entry.object,
    username: entry.username,
    'age-seconds': { kind: 'double', value: (nowMs - entry.atMs) / 1000 },
    'client-info': entry.clientInfo,
  });

function refused({ config }: Context): Reply {
  throw new FabricError(
    'ERR',
    `users stand in the config file: edit [[users]] in ${config.path ?? 'it'} and restart the node, which keeps its variables`,
  );
}

const notHere = (name: string, args: Command['arguments'], arity: number): Command => ({
  ...admin,
  name: `acl|${name}`,
  arity,
  summary: 'Refused: users stand in the config file.',
  arguments: args,
  reply: 'an error',
  handler: refused,
});

const subcommands: readonly Command[] = [
  {
    ...open,
    name: 'acl|whoami',
    arity: 2,
    summary: 'Answers the name of the user the connection acts as.',
    arguments: [],
    reply: 'string',
    handler: ({ session }) => session.user.name,
  },
  {
    ...open,
    name: 'acl|cat',
    arity: -2,
    summary: 'Lists the categories, or the commands of one.',
    complexity: 'O(N) for N commands',
    arguments: [{ name: 'category', type: 'string', optional: true }],
    reply: '[name, …]',
    handler: cat,
  },
  {
    ...admin,
    name: 'acl|list',
    arity: 2,
    summary: "Lists the users in Redis' notation, passwords as SHA-256.",
    complexity: 'O(N) for N users',
    arguments: [],
    reply: '[line, …]',
    handler: ({ users }) => [...users.all()].map(userLine),
  },
  {
    ...admin,
    name: 'acl|users',
    arity: 2,
    summary: 'Lists the names of the users.',
    complexity: 'O(N) for N users',
    arguments: [],
    reply: '[name, …]',
    handler: ({ users }) => [...users.all()].map(({ name }) => name),
  },
  {
    ...admin,
    name: 'acl|getuser',
    arity: 3,
    summary: 'Describes a user.',
    arguments: [{ name: 'username', type: 'string' }],
    reply: 'map: flags passwords commands keys channels selectors | null',
    handler: getUser,
  },
  {
    ...open,
    name: 'acl|genpass',
    arity: -2,
    summary: 'Makes up a password, of 256 random bits unless told.',
    arguments: [{ name: 'bits', type: 'integer', optional: true }],
    reply: 'hex digits',
    handler: genPass,
  },
  {
    ...admin,
    name: 'acl|log',
    arity: -2,
    summary: 'Answers what users were refused lately, newest first; RESET forgets it.',
    complexity: 'O(N) for N entries',
    arguments: [
      {
        name: 'operation',
        type: 'oneof',
        optional: true,
        arguments: [
          { name: 'count', type: 'integer' },
          { name: 'reset', type: 'pure-token', token: 'RESET' },
        ],
      },
    ],
    reply: '[map: count reason context object username age-seconds client-info, …] | OK',
    handler: log,
  },
  notHere(
    'setuser',
    [
      { name: 'username', type: 'string' },
      { name: 'rule', type: 'string', optional: true, multiple: true },
    ],
    -3,
  ),
  notHere('deluser', [{ name: 'username', type: 'string', multiple: true }], -3),
  notHere('save', [], 2),
  notHere('load', [], 2),
  helpCommand('acl', '6.0.0'),
];

export const aclCommand: Command = {
  ...open,
  name: 'acl',
  arity: -2,
  flags: [],
  summary: 'Users and what they may do.',
  complexity: 'Depends on the subcommand.',
  arguments: [],
  reply: 'as its subcommands',
  subcommands,
};
