import { simple } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import { lastWord } from './table.js';
import { usageOf } from './usage.js';

/** The lines of `CLIENT HELP` and its like, one simple string each. */
export function helpOf(container: Command): Reply {
  const name = container.name.toUpperCase();
  const lines = [`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  if (container.handler !== undefined) lines.push('(no subcommand)', `    ${container.summary}`);
  for (const subcommand of container.subcommands ?? []) {
    if (lastWord(subcommand.name) === 'help') continue;
    lines.push(usageOf(subcommand).slice(name.length + 1), `    ${subcommand.summary}`);
  }
  lines.push('HELP', '    Prints this help.');
  return lines.map(simple);
}

/** Of the containers which aren't the server's. */
const GROUPS: Readonly<Record<string, Command['group']>> = {
  client: 'connection',
  command: 'connection',
  pubsub: 'pubsub',
};

/** The HELP subcommand of a container. */
export function helpCommand(container: string, since: string, categories: readonly string[] = ['@slow']): Command {
  return {
    name: `${container}|help`,
    arity: 2,
    flags: ['loading', 'stale'],
    categories,
    summary: `Lists the subcommands of ${container.toUpperCase()}.`,
    complexity: 'O(1)',
    since,
    group: GROUPS[container] ?? 'server',
    arguments: [],
    reply: 'array of lines',
    handler: (context) => helpOf(context.table.get(container)!),
  };
}
