/** COMMAND: what the server can do, from the table itself. */
import { FabricError } from '../errors.js';
import { map } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import { commandDocs } from './command-docs.js';
import { commandEntry } from './command-entry.js';
import { listArguments, listCommands } from './command-list.js';
import type { Command, CommandFlag } from './command.js';
import type { Context } from './context.js';
import { helpCommand } from './help.js';

const common = {
  flags: ['loading', 'stale'] as readonly CommandFlag[],
  categories: ['@slow', '@connection'],
  complexity: 'O(N) for N commands',
  group: 'connection',
} as const;

/** `get`, `client|getname`, in either case. */
const lookUp = (context: Context, name: Buffer) => context.table.get(name.toString('latin1').toLowerCase());

function allEntries(context: Context): Reply {
  return context.table.all().map(commandEntry);
}

function info(context: Context, args: readonly Buffer[]): Reply {
  if (args.length === 2) return allEntries(context);
  return args.slice(2).map((name) => {
    const command = lookUp(context, name);
    return command === undefined ? null : commandEntry(command);
  });
}

function docs(context: Context, args: readonly Buffer[]): Reply {
  const named = args.slice(2).map((name) => lookUp(context, name));
  const commands = args.length === 2 ? context.table.all() : named.filter((command) => command !== undefined);
  return map(commands.map((command) => [command.name, commandDocs(command)]));
}

function getKeys(context: Context, args: readonly Buffer[]): Reply {
  const request = args.slice(2);
  const { command } = context.table.resolve(request);
  if (command === undefined) throw new FabricError('ERR', 'Invalid command specified');
  if (command.keys === undefined) throw new FabricError('ERR', 'The command has no key arguments');
  if (!context.table.arityMatches(command, request.length)) {
    throw new FabricError('ERR', 'Invalid number of arguments specified for command');
  }
  const keys = context.table.keysOf(command, request);
  if (keys.length === 0) throw new FabricError('ERR', 'The command has no key arguments');
  return keys;
}

const subcommands: readonly Command[] = [
  {
    ...common,
    name: 'command|count',
    arity: 2,
    summary: 'Answers how many commands there are.',
    complexity: 'O(1)',
    since: '2.8.13',
    arguments: [],
    reply: 'integer',
    handler: (context) => context.table.all().length,
  },
  {
    ...common,
    name: 'command|docs',
    arity: -2,
    summary: 'Documents commands: summary, group, complexity and arguments.',
    since: '7.0.0',
    arguments: [{ name: 'command-name', type: 'string', optional: true, multiple: true }],
    reply: 'map of maps; unknown names are left out',
    handler: docs,
  },
  {
    ...common,
    name: 'command|getkeys',
    arity: -3,
    summary: 'Answers the names of variables in a request, without running it.',
    complexity: 'O(N) for N arguments',
    since: '2.8.13',
    arguments: [
      { name: 'command', type: 'string' },
      { name: 'arg', type: 'string', optional: true, multiple: true },
    ],
    reply: '[name, …]',
    handler: getKeys,
  },
  {
    ...common,
    name: 'command|info',
    arity: -2,
    summary: 'Describes commands as COMMAND does.',
    since: '2.8.13',
    arguments: [{ name: 'command-name', type: 'string', optional: true, multiple: true }],
    reply: '[entry | null, …]',
    handler: info,
  },
  {
    ...common,
    name: 'command|list',
    arity: -2,
    summary: 'Lists the names of commands.',
    since: '7.0.0',
    arguments: listArguments,
    reply: '[name, …]',
    handler: listCommands,
  },
  helpCommand('command', '5.0.0', ['@slow', '@connection']),
];

export const commandCommand: Command = {
  ...common,
  name: 'command',
  arity: -1,
  summary: 'Describes all commands.',
  since: '2.8.13',
  arguments: [],
  reply: '[entry, …] of ten elements each',
  handler: allEntries,
  subcommands,
};
