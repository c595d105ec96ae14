/** Memory on several nodes at once: on all of them or on none. */
import type { Cluster } from '../cluster/cluster.js';
import type { Fabric } from '../fabric/fabric.js';
import type { Reply } from '../resp/reply.js';

/** Shares the megabytes out over the nodes that are up, a segment each. */
export async function allocEvenly(cluster: Cluster, fabric: Fabric, megabytes: number): Promise<Reply> {
  const nodes = cluster.census.up();
  const share = Math.ceil(megabytes / nodes.length);
  const allocated = await Promise.allSettled(nodes.map((node) => allocAt(cluster, fabric, node, share)));
  const failed = allocated.find((outcome) => outcome.status === 'rejected');
  const made = allocated.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (failed === undefined) return made;
  await Promise.allSettled(made.map(([node, sharedId]) => deallocAt(cluster, fabric, node, sharedId)));
  throw failed.reason;
}

type Allocated = [node: string, sharedId: string];

async function allocAt(cluster: Cluster, fabric: Fabric, node: string, megabytes: number): Promise<Allocated> {
  if (node === fabric.node) return [node, await fabric.alloc(megabytes)];
  const [allocated] = (await cluster.run(node, words('fabric.alloc', String(megabytes), 'NODE', node), true)) as [
    Allocated,
  ];
  return allocated;
}

async function deallocAt(cluster: Cluster, fabric: Fabric, node: string, sharedId: string): Promise<void> {
  if (node === fabric.node) await fabric.dealloc(sharedId, false);
  else await cluster.run(node, words('fabric.dealloc', node, sharedId), true);
}

const words = (...args: readonly string[]): Buffer[] => args.map((arg) => Buffer.from(arg));
