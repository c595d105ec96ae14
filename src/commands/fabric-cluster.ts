/** The cluster as a whole: FORGET. */
import { FabricError } from '../errors.js';
import type { Cluster } from '../cluster/cluster.js';
import { record, type Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { fabricCommon } from './fabric-records.js';

export function requireCluster({ cluster }: Context): Cluster {
  if (cluster !== undefined) return cluster;
  throw new FabricError('ERR', 'this node is alone: its configuration has no [[nodes]] (conf/cluster.toml shows some)');
}

async function forget(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const cluster = requireCluster(context);
  const node = args[1]!.toString('latin1');
  cluster.addressOf(node);
  const { lost } = await cluster.coordinator.forget(node);
  return record({ node, lost_variables: lost });
}

export const forgetCommand: Command = {
  ...fabricCommon,
  name: 'fabric.forget',
  arity: 2,
  flags: ['write', 'admin'],
  categories: ['@fabric', '@write', '@admin', '@slow', '@dangerous'],
  summary: "Gives up a node that won't come back.",
  complexity: 'O(N) for N variables of the cluster, in steps',
  arguments: [{ name: 'node', type: 'string' }],
  reply: 'map: node lost_variables',
  notes: `Variables that lay there alone are lost, and their names free; of those with replicas the others stay, and
further copies are made elsewhere (FABRIC.UPKEEP tells of that) as soon as the other nodes have told what they have. \`INUSE\` while the node is up.
Should it come back after all it is refused until its memory is given up, too (\`datafabric purge\`).`,
  handler: forget,
};
