import type { Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { fabricCommon, nameArgument } from './fabric-records.js';

function remove({ fabric }: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  return fabric.removals.remove(args.slice(1));
}

export const deleteCommand: Command = {
  ...fabricCommon,
  name: 'fabric.delete',
  arity: -2,
  flags: ['write'],
  keys: { first: 1, last: -1, step: 1 },
  categories: ['@fabric', '@write', '@slow'],
  summary: 'Removes variables.',
  complexity: 'O(N) for N names',
  arguments: [{ ...nameArgument, multiple: true }],
  reply: 'how many there were',
  notes: `The names are gone at once; up to 2,000 of them go together or, if the server dies meanwhile, not at all. The memory
of a pinned variable returns when its last pin goes, that of one whose address was handed out after \`times.quarantine_ms\`. A
reservation isn't removed: FABRIC.ABORT it.`,
  handler: remove,
};
