import { simple, type Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import { fabricCommon } from './fabric-records.js';
import { usageOf } from './usage.js';

/** The lines of FABRIC.HELP: each command, its arguments and what it does. */
function helpLines(commands: readonly Command[]): Reply {
  const lines = ['FABRIC.<command> [<arg> ...]. Commands are:'];
  for (const command of commands) lines.push(usageOf(command), `    ${command.summary}`, `    -> ${command.reply}`);
  lines.push('COMMAND DOCS <command> tells more.');
  return lines.map(simple);
}

/** FABRIC.HELP over the other commands of the family. */
export function fabricHelpCommand(commands: readonly Command[]): Command {
  return {
    ...fabricCommon,
    name: 'fabric.help',
    arity: 1,
    flags: ['loading', 'stale'],
    categories: ['@fabric', '@slow'],
    summary: 'Prints this help.',
    complexity: 'O(1)',
    arguments: [],
    reply: '[line, …]',
    handler: () => helpLines(commands),
  };
}
