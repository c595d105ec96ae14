/** A command's arguments in the notation of the Redis documentation: `[optional]`, `<one | other>`, `several [several ...]`. */
import type { ArgumentDoc, Command } from './command.js';

/** `CLIENT SETNAME connection-name` */
export function usageOf(command: Command): string {
  const name = command.name.toUpperCase().replace('|', ' ');
  if (command.subcommands !== undefined) return `${name} subcommand`;
  return [name, ...command.arguments.map(argumentUsage)].join(' ');
}

export function argumentUsage(doc: ArgumentDoc): string {
  const text = withToken(doc);
  return doc.optional === true ? `[${text}]` : text;
}

/** A token stands once before all values of its argument. */
function withToken(doc: ArgumentDoc): string {
  if (doc.type === 'pure-token') return doc.token ?? doc.name;
  const once = contentUsage(doc);
  const content = doc.multiple === true ? `${once} [${once} ...]` : once;
  return doc.token === undefined ? content : `${doc.token} ${content}`;
}

function contentUsage(doc: ArgumentDoc): string {
  const parts = (doc.arguments ?? []).map(argumentUsage);
  if (doc.type === 'block') return parts.join(' ');
  if (doc.type !== 'oneof') return doc.name;
  const bracketed = doc.optional === true && doc.token === undefined && doc.multiple !== true;
  return bracketed ? parts.join(' | ') : `<${parts.join(' | ')}>`;
}
