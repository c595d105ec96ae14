import { record, type Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { requireCluster } from './fabric-cluster.js';
import { fabricCommon } from './fabric-records.js';

async function promote(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const cluster = requireCluster(context);
  const node = args[1]!.toString('latin1');
  cluster.addressOf(node);
  const reader = new ArgumentReader(args, 2);
  const force = reader.take('FORCE');
  if (!reader.done()) reader.fail(['FORCE']);
  const { generation, told, silent } = await cluster.promote(node, force);
  return record({ node, generation, told, silent });
}

export const promoteCommand: Command = {
  ...fabricCommon,
  name: 'fabric.promote',
  arity: -2,
  flags: ['write', 'admin'],
  categories: ['@fabric', '@write', '@admin', '@slow', '@dangerous'],
  summary: 'Makes another node the coordinator, where none is elected.',
  complexity: 'O(N) for N nodes; the new coordinator then reads what all nodes have',
  arguments: [
    { name: 'node', type: 'string' },
    { name: 'force', type: 'pure-token', token: 'FORCE', optional: true },
  ],
  reply: 'map: node generation told silent',
  notes: `Holds over restarts of all nodes and over what the configuration says; each promotion has a higher generation. A present coordinator that answers hands over
before the other begins. One that doesn't is passed over only with FORCE: when it is back it asks the others first, and follows. While it is only cut off it goes
on granting to whom it reaches, so make sure that it has ended; what it let be stored under names given out elsewhere meanwhile becomes a CONFLICT, and nothing is lost.
\`silent\` nodes learn of it when they are back. With \`cluster.election = "etcd"\` the answer is \`ERR\`: stop the coordinator, and another is elected.`,
  handler: promote,
};
