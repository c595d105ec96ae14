/** How many arguments a command takes, from its documentation and from its arity. */
import type { ArgumentDoc, Command } from './command.js';

export interface ArgumentCount {
  min: number;
  /** True when every call has exactly `min`. */
  fixed: boolean;
}

export function arityMatches(command: Command, argc: number): boolean {
  return command.arity >= 0 ? argc === command.arity : argc >= -command.arity;
}

/** Without the command's name. */
export function documentedCount(docs: readonly ArgumentDoc[]): ArgumentCount {
  const counts = docs.map(countOf);
  return { min: counts.reduce((sum, { min }) => sum + min, 0), fixed: counts.every(({ fixed }) => fixed) };
}

function countOf(doc: ArgumentDoc): ArgumentCount {
  if (doc.optional === true) return { min: 0, fixed: false };
  const { min, fixed } = contentCount(doc);
  return { min: min + (doc.token === undefined ? 0 : 1), fixed: fixed && doc.multiple !== true };
}

function contentCount(doc: ArgumentDoc): ArgumentCount {
  switch (doc.type) {
    case 'pure-token':
      return { min: 0, fixed: true };
    case 'block':
      return documentedCount(doc.arguments ?? []);
    case 'oneof': {
      const choices = (doc.arguments ?? []).map(countOf);
      const min = Math.min(...choices.map((choice) => choice.min));
      return { min, fixed: choices.every((choice) => choice.fixed && choice.min === min) };
    }
    default:
      return { min: 1, fixed: true };
  }
}
