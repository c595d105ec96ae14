/** Moving variables between nodes: DRAIN, REBALANCE, UPKEEP. */
import { OK, record, type Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import type { ArgumentDoc, Command } from './command.js';
import type { Context } from './context.js';
import { requireCluster } from './fabric-cluster.js';
import { fabricCommon } from './fabric-records.js';

/** STOP, or at what rate: null stops. */
function takeRate({ config }: Context, reader: ArgumentReader): number | null {
  const stop = reader.take('STOP');
  const given = !stop && reader.take('BYTES_PER_SECOND');
  const rate = given ? reader.integer('BYTES_PER_SECOND', 1024, Number.MAX_SAFE_INTEGER) : undefined;
  if (!reader.done()) reader.fail(['STOP', 'BYTES_PER_SECOND']);
  return stop ? null : (rate ?? config.cluster?.upkeepBytesPerSecond ?? null);
}

async function drain(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const bytesPerSecond = takeRate(context, new ArgumentReader(args, 2));
  const cluster = requireCluster(context);
  const node = args[1]!.toString('latin1');
  cluster.addressOf(node);
  await cluster.coordinator.drain(node, bytesPerSecond === null ? null : { bytesPerSecond });
  return OK;
}

async function rebalance(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const bytesPerSecond = takeRate(context, new ArgumentReader(args, 1));
  await requireCluster(context).coordinator.rebalance(bytesPerSecond);
  return OK;
}

async function upkeep(context: Context): Promise<Reply> {
  const statuses = await requireCluster(context).coordinator.upkeep();
  return statuses.map((status) =>
    record({
      kind: status.kind,
      node: status.node,
      state: status.state,
      moved_variables: status.movedVariables,
      moved_bytes: status.movedBytes,
      left_variables: status.leftVariables,
      left_bytes: status.leftBytes,
      pinned_variables: status.pinnedVariables,
      bytes_per_second: status.bytesPerSecond,
      why: status.why,
    }),
  );
}

const rateArgument: ArgumentDoc = {
  name: 'how',
  type: 'oneof',
  optional: true,
  arguments: [
    { name: 'n', type: 'integer', token: 'BYTES_PER_SECOND' },
    { name: 'stop', type: 'pure-token', token: 'STOP' },
  ],
};

export const drainCommand: Command = {
  ...fabricCommon,
  name: 'fabric.drain',
  arity: -2,
  flags: ['write', 'admin'],
  categories: ['@fabric', '@write', '@admin', '@slow', '@dangerous'],
  summary: 'Empties a node: what it has goes to others.',
  complexity: 'O(N) for N variables of the cluster, in steps beside everything else',
  arguments: [{ name: 'node', type: 'string' }, rateArgument],
  reply: 'OK',
  notes: `Answers at once; FABRIC.UPKEEP says how far it is. The node stays \`draining\`, also over restarts of its own and of the coordinator, until STOP: what is
to be stored on it goes where its name belongs among the others, and INSERT … NODE and PULL … NODE with its name answer \`INUSE\`. What readers have pinned
stays until they release it, and is counted in \`pinned_variables\`. A variable that all other nodes have already isn't copied, its copy on the node
goes. A node that is \`done\` can be stopped and forgotten without a loss.

\`\`\`
> FABRIC.DRAIN beta BYTES_PER_SECOND 50000000
OK
\`\`\``,
  handler: drain,
};

export const rebalanceCommand: Command = {
  ...drainCommand,
  name: 'fabric.rebalance',
  arity: -1,
  summary: 'Shares variables out over the nodes by their weights.',
  arguments: [rateArgument],
  notes: `Answers at once; FABRIC.UPKEEP says how far it is. Moves from nodes that have more bytes than their weight's share to those that have less, until
each is within 5 % of its share: first what lies elsewhere than PLACE spread would have put it, and to there, then anything. Replicas stay in different
zones; pinned variables stay where they are. Ends by itself; after a new coordinator it has to be begun again.`,
  handler: rebalance,
};

export const upkeepCommand: Command = {
  ...fabricCommon,
  name: 'fabric.upkeep',
  arity: 1,
  flags: ['readonly', 'admin'],
  categories: ['@fabric', '@read', '@admin', '@slow'],
  summary: 'Lists the long work of the coordinator: variables on their way between nodes.',
  complexity: 'O(N) for N jobs',
  arguments: [],
  reply:
    '[map: kind node state moved_variables moved_bytes left_variables left_bytes pinned_variables bytes_per_second why, …]',
  notes: `\`kind\` is drain, rebalance, replicate (further copies in place of those of a node that is forgotten, or down for longer than \`cluster.replace_ms\`), or
thin (that node is back, and the copies made meanwhile go). \`state\` is running, waiting (what is left can't be moved now, as \`why\` says, and is tried again),
done, stopped or failed. The latest of each kind and node is kept as long as the coordinator runs.`,
  handler: upkeep,
};
