/** What nodes of a cluster ask each other for. */
import { PEER_USER } from '../cluster/peer-link.js';
import { FabricError } from '../errors.js';
import { OK, type Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { fabricCommon } from './fabric-records.js';

function peer({ cluster, session }: Context, args: readonly Buffer[]): Reply {
  if (cluster === undefined) throw new FabricError('ERR', 'this node is alone: its configuration has no [[nodes]]');
  if (session.user.name !== PEER_USER) throw new FabricError('NOPERM', 'FABRIC.PEER is for the nodes among themselves');
  cluster.receive(args[1]!.toString());
  return OK;
}

export const peerCommand: Command = {
  ...fabricCommon,
  name: 'fabric.peer',
  arity: 2,
  flags: ['admin', 'noscript', 'no_multi', 'skip_slowlog'],
  categories: ['@fabric', '@admin', '@dangerous', '@slow'],
  summary: 'Takes a message of another node.',
  complexity: 'O(1)',
  arguments: [{ name: 'message', type: 'string' }],
  reply: 'OK',
  notes: 'For nodes, which know each other by `cluster.password`. What they say changes with the version.',
  handler: peer,
};
