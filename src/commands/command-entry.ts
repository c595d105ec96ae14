/** A command as COMMAND and COMMAND INFO show it: the ten elements of Redis 7. */
import { record, set, simple } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import type { Command, KeySpec } from './command.js';

const simpleSet = (words: readonly string[]) => set(words.map(simple));

/** Redis counts the last key from the first one here, unless from the end. */
function keySpecification(keys: KeySpec, command: Command): Reply {
  const access = command.flags.includes('write') ? ['RW', 'update'] : ['RO', 'access'];
  return record({
    flags: simpleSet(access),
    begin_search: record({ type: 'index', spec: record({ index: keys.first }) }),
    find_keys: record({
      type: 'range',
      spec: record({ lastkey: keys.last < 0 ? keys.last : keys.last - keys.first, keystep: keys.step, limit: 0 }),
    }),
  });
}

export function commandEntry(command: Command): Reply {
  const { keys } = command;
  return [
    command.name,
    command.arity,
    simpleSet(command.flags),
    keys?.first ?? 0,
    keys?.last ?? 0,
    keys?.step ?? 0,
    simpleSet(command.categories),
    set([]),
    set(keys === undefined ? [] : [keySpecification(keys, command)]),
    set((command.subcommands ?? []).map(commandEntry)),
  ];
}
