import { record, type Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { atNode } from './elsewhere.js';
import { fabricCommon } from './fabric-records.js';

async function defrag({ fabric, session }: Context, args: readonly Buffer[]): Promise<Reply> {
  const reader = new ArgumentReader(args, 1);
  if (!reader.done()) reader.next('node');
  const sharedId = reader.done() ? undefined : reader.next('shared_id').toString('latin1');
  if (!reader.done()) reader.fail('nothing after the shared_id');
  const report = await fabric.defrag.run(sharedId, session.signal);
  return record({
    moved_variables: report.movedVariables,
    moved_bytes: report.movedBytes,
    largest_free_before: report.largestFreeBefore,
    largest_free_after: report.largestFreeAfter,
    pinned_bytes: report.pinnedBytes,
  });
}

export const defragCommand: Command = {
  ...fabricCommon,
  name: 'fabric.defrag',
  arity: -1,
  flags: ['write', 'admin'],
  categories: ['@fabric', '@write', '@admin', '@slow', '@dangerous'],
  summary: 'Joins free holes by moving variables together.',
  complexity: 'O(N) for N bytes moved beside everything else',
  arguments: [
    {
      name: 'where',
      type: 'block',
      optional: true,
      arguments: [
        { name: 'node', type: 'string' },
        { name: 'shared_id', type: 'string', optional: true },
      ],
    },
  ],
  reply: 'map: moved_variables moved_bytes largest_free_before largest_free_after pinned_bytes',
  notes: `Nothing pinned or reserved is moved: \`pinned_bytes\` says how much that was. A moved variable keeps its xid, and its generation
rises. Where an address was handed out, the bytes stay at the old place for \`times.quarantine_ms\`; DEFRAG waits for that as long as it
helps, other clients are served meanwhile. Where joining would gain
little, nothing is moved. The largest free extents are those of all the segments asked for; a segment's own are in FABRIC.SEGMENTS. For \`times.restart_grace_ms\` after a restart it answers \`INUSE\`.`,
  handler: atNode((args) => args[1], defrag),
};
