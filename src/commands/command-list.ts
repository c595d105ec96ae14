import type { Reply } from '../resp/reply.js';
import { globMatcher } from '../util/glob.js';
import type { ArgumentDoc, Command } from './command.js';
import type { Context } from './context.js';
import { syntaxError } from './refusals.js';
import { MODULE_NAME } from './version.js';

type CommandFilter = (command: Command) => boolean;

function parseFilter(kind: Buffer, value: Buffer): CommandFilter {
  const text = value.toString('latin1').toLowerCase();
  switch (kind.toString('latin1').toUpperCase()) {
    case 'MODULE':
      return (command) => ['fabric', 'meta'].includes(command.group) && text === MODULE_NAME;
    case 'ACLCAT':
      return (command) => command.categories.includes(`@${text}`);
    case 'PATTERN': {
      const matches = globMatcher(value, { ignoreCase: true });
      return (command) => matches(Buffer.from(command.name));
    }
    default:
      throw syntaxError();
  }
}

/** Subcommands are listed only when a filter asks, as in Redis. */
export function listCommands(context: Context, args: readonly Buffer[]): Reply {
  const commands = context.table.all();
  if (args.length === 2) return commands.map((command) => command.name);
  if (args.length !== 5 || args[2]!.toString('latin1').toUpperCase() !== 'FILTERBY') throw syntaxError();
  const filter = parseFilter(args[3]!, args[4]!);
  const candidates = commands.flatMap((command) => [command, ...(command.subcommands ?? [])]);
  return candidates.filter(filter).map((command) => command.name);
}

export const listArguments: readonly ArgumentDoc[] = [
  {
    name: 'filterby',
    type: 'oneof',
    token: 'FILTERBY',
    optional: true,
    arguments: [
      { name: 'module-name', type: 'string', token: 'MODULE' },
      { name: 'category', type: 'string', token: 'ACLCAT' },
      { name: 'pattern', type: 'pattern', token: 'PATTERN' },
    ],
  },
];
