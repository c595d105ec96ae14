/** What nodes of a cluster ask each other for. */
import { PEER_USER } from '../cluster/peer-link.js';
import { decodeMessage, encodeMessage } from '../cluster/peer-messages.js';
import { FabricError } from '../errors.js';
import type { Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { fabricCommon } from './fabric-records.js';

async function peer({ cluster, session }: Context, args: readonly Buffer[]): Promise<Reply> {
  if (cluster === undefined) throw new FabricError('ERR', 'this node is alone: its configuration has no [[nodes]]');
  if (session.user.name !== PEER_USER) throw new FabricError('NOPERM', 'FABRIC.PEER is for the nodes among themselves');
  return Buffer.from(encodeMessage(await cluster.serve(args[1]!.toString(), decodeMessage(args[2]!.toString()))));
}

export const peerCommand: Command = {
  ...fabricCommon,
  name: 'fabric.peer',
  arity: 3,
  flags: ['admin', 'noscript', 'no_multi', 'skip_slowlog'],
  categories: ['@fabric', '@admin', '@dangerous', '@slow'],
  summary: 'What the nodes of a cluster ask each other for.',
  complexity: 'O(1); O(N) for N variables when a node joins',
  arguments: [
    { name: 'verb', type: 'string' },
    { name: 'message', type: 'string' },
  ],
  reply: 'message',
  notes: 'For nodes, which know each other by `cluster.password`. What they say changes with the version.',
  handler: peer,
};
