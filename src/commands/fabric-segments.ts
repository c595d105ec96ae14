/** The node and its segments: ALLOC, DEALLOC, SEGMENTS, NODES. */
import { OK, record, type Reply } from '../resp/reply.js';
import { ArgumentReader, parseInteger } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { fabricCommon, nodeOption } from './fabric-records.js';

/** What one segment may have: 255 GiB. */
const MEGABYTES_MAX = 255 * 1024;

async function alloc({ fabric }: Context, args: readonly Buffer[]): Promise<Reply> {
  const megabytes = parseInteger(args[1]!, { min: 1, max: MEGABYTES_MAX, what: 'megabytes' });
  const reader = new ArgumentReader(args, 2);
  if (reader.take('NODE')) fabric.requireOwnNode(reader.next('node'));
  if (!reader.done()) reader.fail(['NODE']);
  return [[fabric.node, await fabric.alloc(megabytes)]];
}

async function dealloc({ fabric }: Context, args: readonly Buffer[]): Promise<Reply> {
  fabric.requireOwnNode(args[1]!);
  const reader = new ArgumentReader(args, 3);
  const move = reader.take('MOVE');
  if (!reader.done()) reader.fail(['MOVE']);
  await fabric.dealloc(args[2]!.toString('latin1'), move);
  return OK;
}

function segments({ fabric }: Context, args: readonly Buffer[]): Reply {
  const reader = new ArgumentReader(args, 1);
  if (!reader.done()) fabric.requireOwnNode(reader.next('node'));
  if (!reader.done()) reader.fail('nothing after the node');
  return fabric.segments().map((segment) =>
    record({
      node: fabric.node,
      shared_id: segment.sharedId,
      bytes: segment.bytes,
      used_bytes: segment.usedBytes,
      free_bytes: segment.freeBytes,
      largest_free_bytes: segment.largestFreeBytes,
      limbo_bytes: segment.limboBytes,
      quarantined_bytes: segment.quarantinedBytes,
      pinned_bytes: segment.pinnedBytes,
      variables: segment.variables,
    }),
  );
}

function nodes({ fabric }: Context): Reply {
  return fabric.nodes().map((node) =>
    record({
      node: node.node,
      address: node.address,
      role: node.role,
      state: node.state,
      zone: node.zone,
      weight: node.weight,
      segments: node.segments,
      bytes: node.bytes,
      used_bytes: node.usedBytes,
      variables: node.variables,
    }),
  );
}

export const allocCommand: Command = {
  ...fabricCommon,
  name: 'fabric.alloc',
  arity: -2,
  flags: ['write', 'admin'],
  categories: ['@fabric', '@write', '@admin', '@slow', '@dangerous'],
  summary: 'Allocates a segment of shared memory.',
  complexity: 'O(N) for N bytes, which are prefaulted beside everything else',
  arguments: [{ name: 'megabytes', type: 'integer' }, nodeOption],
  reply: '[[node, shared_id], …]',
  notes: `The size is in MiB, rounded up to an even number. The bytes are taken from /dev/shm at once: when they are not there,
or memory is short, the answer is \`OOM\` and says what is free. The segment stays until FABRIC.DEALLOC, also over restarts.

\`\`\`
> FABRIC.ALLOC 256
1) 1) "alpha"
   2) "/fabric.alpha.s0002"
\`\`\``,
  handler: alloc,
};

export const deallocCommand: Command = {
  ...fabricCommon,
  name: 'fabric.dealloc',
  arity: -3,
  flags: ['write', 'admin'],
  categories: ['@fabric', '@write', '@admin', '@slow', '@dangerous'],
  summary: 'Gives a segment back to the system.',
  complexity: 'O(1); with MOVE O(N) for N bytes moved beside everything else',
  arguments: [
    { name: 'node', type: 'string' },
    { name: 'shared_id', type: 'string' },
    { name: 'move', type: 'pure-token', token: 'MOVE', optional: true },
  ],
  reply: 'OK | INUSE',
  notes: `\`INUSE\` says what is still in it. MOVE carries the variables into other segments first and waits for the quarantine of
what it moved; pinned variables and reservations can't be moved, so \`INUSE\` may be the answer still. Who has the segment
mapped keeps its mapping. The name is never used again.

\`\`\`
> FABRIC.DEALLOC alpha /fabric.alpha.s0002 MOVE
OK
\`\`\``,
  handler: dealloc,
};

export const segmentsCommand: Command = {
  ...fabricCommon,
  name: 'fabric.segments',
  arity: -1,
  flags: ['readonly'],
  categories: ['@fabric', '@read', '@slow'],
  summary: 'Lists the segments and what fills them.',
  complexity: 'O(N) for N segments',
  arguments: [{ name: 'node', type: 'string', optional: true }],
  reply:
    '[map: node shared_id bytes used_bytes free_bytes largest_free_bytes limbo_bytes quarantined_bytes pinned_bytes variables, …]',
  notes: `\`limbo_bytes\` are in reservations whose writer is gone and whose linger has not ended; \`quarantined_bytes\` were freed, but
their address was handed out, so they rest before reuse; \`pinned_bytes\` can be neither moved nor reused now.`,
  handler: segments,
};

export const nodesCommand: Command = {
  ...fabricCommon,
  name: 'fabric.nodes',
  arity: 1,
  flags: ['readonly'],
  categories: ['@fabric', '@read', '@slow'],
  summary: 'Lists the nodes of the cluster.',
  complexity: 'O(N) for N nodes',
  arguments: [],
  reply: '[map: node address role state zone weight segments bytes used_bytes variables, …]',
  notes: 'A single node is a cluster of one, and its own coordinator.',
  handler: nodes,
};
