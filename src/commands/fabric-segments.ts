/** The node and its segments: ALLOC, DEALLOC, SEGMENTS, NODES. */
import type { Cluster } from '../cluster/cluster.js';
import type { Fabric } from '../fabric/fabric.js';
import { OK, record, type Reply } from '../resp/reply.js';
import { ArgumentReader, parseInteger } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { allocEvenly } from './cluster-alloc.js';
import { atNode, isOwnNode } from './elsewhere.js';
import { fabricCommon, nodeOption } from './fabric-records.js';
import { hostReply } from './fabric-replies.js';

/** What one segment may have: 255 GiB. */
const MEGABYTES_MAX = 255 * 1024;

async function alloc(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const megabytes = parseInteger(args[1]!, { min: 1, max: MEGABYTES_MAX, what: 'megabytes' });
  const reader = new ArgumentReader(args, 2);
  const node = reader.take('NODE') ? reader.next('node') : undefined;
  if (!reader.done()) reader.fail(['NODE']);
  const { cluster, fabric } = context;
  if (node === undefined && cluster !== undefined) return allocEvenly(cluster, fabric, megabytes);
  if (node !== undefined && !isOwnNode(context, node)) return cluster!.run(node.toString('latin1'), args, true);
  return [[fabric.node, await fabric.alloc(megabytes)]];
}

async function dealloc({ fabric }: Context, args: readonly Buffer[]): Promise<Reply> {
  const reader = new ArgumentReader(args, 3);
  const move = reader.take('MOVE');
  if (!reader.done()) reader.fail(['MOVE']);
  await fabric.dealloc(args[2]!.toString('latin1'), move);
  return OK;
}

async function segments(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const { fabric, cluster } = context;
  const reader = new ArgumentReader(args, 1);
  const node = reader.done() ? undefined : reader.next('node');
  if (!reader.done()) reader.fail('nothing after the node');
  if (node !== undefined && !isOwnNode(context, node)) return cluster!.run(node.toString('latin1'), args);
  const own = fabric.segments().map((segment) => segmentReply(fabric, segment));
  return node !== undefined || cluster === undefined ? own : [...own, ...(await othersSegments(cluster, fabric.node))];
}

/** Of the other nodes that answer. */
async function othersSegments(cluster: Cluster, own: string): Promise<Reply[]> {
  const others = cluster.census.up().filter((node) => node !== own);
  const replies = await Promise.allSettled(
    others.map((node) => cluster.run(node, [Buffer.from('fabric.segments'), Buffer.from(node)])),
  );
  return replies.flatMap((reply) => (reply.status === 'fulfilled' ? (reply.value as Reply[]) : []));
}

const segmentReply = (fabric: Fabric, segment: ReturnType<Fabric['segments']>[number]): Reply =>
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
    host: hostReply(fabric.placements.host(segment.sharedId)),
  });

async function nodes({ fabric, cluster }: Context): Promise<Reply> {
  const overviews = cluster === undefined ? fabric.nodes() : await cluster.census.nodes();
  return overviews.map((node) =>
    record({
      node: node.node,
      address: node.address,
      tls_port: node.tlsPort,
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
  notes: `\`INUSE\` says what is still in it. MOVE carries the variables into the node's other segments first, in a cluster those that don't fit
there to other nodes, and waits for the quarantine of what it moved; pinned variables and reservations can't be moved, so \`INUSE\` may be the answer still. Who has the segment
mapped keeps its mapping. The name is never used again.

\`\`\`
> FABRIC.DEALLOC alpha /fabric.alpha.s0002 MOVE
OK
\`\`\``,
  handler: atNode((args) => args[1], dealloc),
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
    '[map: node shared_id bytes used_bytes free_bytes largest_free_bytes limbo_bytes quarantined_bytes pinned_bytes variables host, …]',
  notes: `\`limbo_bytes\` are in reservations whose writer is gone and whose linger has not ended; \`quarantined_bytes\` were freed, but
their address was handed out, so they rest before reuse; \`pinned_bytes\` can be neither moved nor reused now. \`host\` is as in FABRIC.PTR: whose memory of a cluster is on
its own machine a client can tell by it. The node asked comes first.`,
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
  reply: '[map: node address tls_port role state zone weight segments bytes used_bytes variables, …]',
  notes:
    'A single node is a cluster of one, and its own coordinator. `tls_port` is on the same host, 0 where no TLS is spoken. `state` is up, suspect (silent for two heartbeats), down (silent for `cluster.down_ms`), unknown (not heard of since the coordinator began), draining (FABRIC.DRAIN), or forgotten.',
  handler: nodes,
};
