import { simple, type Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import { usageOf } from './usage.js';

/** Each command, its arguments and what it does. */
function helpLines(family: string, commands: readonly Command[]): Reply {
  const lines = [`${family.toUpperCase()}.<command> [<arg> ...]. Commands are:`];
  for (const command of commands) lines.push(usageOf(command), `    ${command.summary}`, `    -> ${command.reply}`);
  lines.push('COMMAND DOCS <command> tells more.');
  return lines.map(simple);
}

/** FABRIC.HELP or META.HELP, over the other commands of the family. */
export function familyHelpCommand(
  family: string,
  common: Pick<Command, 'since' | 'group'>,
  commands: readonly Command[],
): Command {
  return {
    ...common,
    name: `${family}.help`,
    arity: 1,
    flags: ['loading', 'stale'],
    categories: [`@${family}`, '@slow'],
    summary: 'Prints this help.',
    complexity: 'O(1)',
    arguments: [],
    reply: '[line, …]',
    handler: () => helpLines(family, commands),
  };
}
