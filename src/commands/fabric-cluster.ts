/** The cluster as a whole: FORGET, CONFLICTS. */
import { FabricError } from '../errors.js';
import type { Cluster } from '../cluster/cluster.js';
import { record, type Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { fabricCommon } from './fabric-records.js';
import { visibleNames } from './permission.js';

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

async function conflicts(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const reader = new ArgumentReader(args, 1);
  const from = reader.take('CURSOR') ? reader.integer('CURSOR', 0, Number.MAX_SAFE_INTEGER) : 0;
  if (!reader.done()) reader.fail(['CURSOR']);
  const cluster = requireCluster(context);
  const visible = visibleNames(context.session);
  const page = await cluster.coordinator.conflicts(from);
  const shown = page.conflicts.filter(({ name }) => visible === undefined || visible(name));
  return [page.cursor, shown.map(({ name, xid, nodes }) => record({ name, xid, nodes }))];
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
  notes: `Variables that lay there alone are lost, and their names free; of those with replicas the others stay. \`INUSE\` while the node is up. Should it
come back after all it is refused until its memory is given up, too (\`datafabric purge\`).`,
  handler: forget,
};

export const conflictsCommand: Command = {
  ...fabricCommon,
  name: 'fabric.conflicts',
  arity: -1,
  flags: ['readonly', 'admin'],
  categories: ['@fabric', '@read', '@admin', '@slow'],
  summary: 'Lists variables whose names stand for others.',
  complexity: 'O(N) for N variables looked at',
  arguments: [{ name: 'c', type: 'integer', token: 'CURSOR', optional: true }],
  reply: '[next cursor, [map: name xid nodes, …]]',
  notes: `A node that comes back may have variables whose names were given to others meanwhile. They are kept and no name finds them; FABRIC.INFO ID
describes them, FABRIC.DISCARD removes them.`,
  handler: conflicts,
};
