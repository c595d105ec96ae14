/** A command as COMMAND DOCS shows it; redis-cli makes its hints and help from these. */
import { map, record, set, simple } from '../resp/reply.js';
import type { MapReply, Reply } from '../resp/reply.js';
import type { ArgumentDoc, Command } from './command.js';
import { MODULE_NAME } from './version.js';

function argumentDocs(doc: ArgumentDoc): Reply {
  const flags = [...(doc.optional === true ? ['optional'] : []), ...(doc.multiple === true ? ['multiple'] : [])];
  const nested = doc.arguments ?? [];
  return record({
    name: doc.name,
    type: doc.type,
    ...(nested.length === 0 && doc.type !== 'pure-token' ? { display_text: doc.name } : {}),
    ...(doc.type === 'key' ? { key_spec_index: 0 } : {}),
    ...(doc.token === undefined ? {} : { token: doc.token }),
    ...(flags.length === 0 ? {} : { flags: set(flags.map(simple)) }),
    ...(nested.length === 0 ? {} : { arguments: nested.map(argumentDocs) }),
  });
}

export function commandDocs(command: Command): MapReply {
  const { subcommands = [] } = command;
  return record({
    summary: command.summary,
    since: command.since,
    group: command.group,
    complexity: command.complexity,
    ...(['fabric', 'meta'].includes(command.group) ? { module: MODULE_NAME } : {}),
    ...(command.arguments.length === 0 ? {} : { arguments: command.arguments.map(argumentDocs) }),
    ...(subcommands.length === 0
      ? {}
      : { subcommands: map(subcommands.map((subcommand) => [subcommand.name, commandDocs(subcommand)])) }),
  });
}
