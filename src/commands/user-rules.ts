/** The rules of a user's `commands`: `+@read`, `-keys`, `+client|list`, in order. */
import { nearest } from '../util/nearest.js';
import type { Command } from './command.js';
import type { CommandTable } from './table.js';

/** Those of Redis, in its order, and ours. */
export const CATEGORIES: readonly string[] = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
  'fabric',
  'meta',
];

const ALL = '@all';
const DANGEROUS = '@dangerous';

/** What rules come to. */
export interface AllowedCommands {
  readonly commands: ReadonlySet<Command>;
  /** Nothing is left out, nor will be. */
  readonly everything: boolean;
  /** The last rule that speaks of `@dangerous` or `@all` allows it: so are FILE and SHM sources. */
  readonly dangerous: boolean;
}

/** Everything that runs: subcommands, and commands with a handler. */
export const runnable = (table: CommandTable): Command[] =>
  table
    .all()
    .flatMap((command) => [command, ...(command.subcommands ?? [])])
    .filter(({ handler }) => handler !== undefined);

export function allowedBy(rules: readonly string[], table: CommandTable): AllowedCommands {
  const every = runnable(table);
  const commands = new Set<Command>();
  let dangerous = false;
  for (const rule of rules) {
    const [allow, subject] = [rule.startsWith('+'), rule.slice(1)];
    if (subject === ALL || subject === DANGEROUS) dangerous = allow;
    for (const command of every) {
      if (!concerns(subject, command)) continue;
      if (allow) commands.add(command);
      else commands.delete(command);
    }
  }
  return { commands, everything: dangerous && commands.size === every.length, dangerous };
}

/** A container's name stands for its subcommands too. */
function concerns(subject: string, { name, categories }: Command): boolean {
  if (subject.startsWith('@')) return subject === ALL || categories.includes(subject);
  return name === subject || name.startsWith(`${subject}|`);
}

/** Why a rule means nothing here, or undefined. */
export function ruleRefusal(table: CommandTable): (rule: string) => string | undefined {
  return (rule) => {
    const subject = rule.slice(1);
    const known = subject.startsWith('@') ? [ALL, ...CATEGORIES.map((name) => `@${name}`)] : namesOf(table);
    if (known.includes(subject)) return undefined;
    const meant = nearest(subject, known);
    const what = subject.startsWith('@') ? 'category' : 'command';
    return `"${rule}": there is no ${what} ${subject}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  };
}

const namesOf = (table: CommandTable): string[] =>
  table.all().flatMap(({ name, subcommands = [] }) => [name, ...subcommands.map((subcommand) => subcommand.name)]);
