/** What nodes of a cluster ask each other for. */
import { PEER_USER } from '../cluster/peer-redis.js';
import { FabricError } from '../errors.js';
import type { Cluster } from '../cluster/cluster.js';
import { ArgumentReader } from '../util/args.js';
import type { Reply } from '../resp/reply.js';
import { parseXid } from './by-xid.js';
import { runHere } from './elsewhere.js';
import { takeRange } from './fabric-insert-arguments.js';
import { bytesReply } from './fabric-replies.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { fabricCommon, rangeArgument } from './fabric-records.js';

/** ERR where the node is alone, NOPERM for clients. */
function requirePeer({ cluster, session }: Context): Cluster {
  if (cluster === undefined) throw new FabricError('ERR', 'this node is alone: its configuration has no [[nodes]]');
  if (session.user.name !== PEER_USER) throw new FabricError('NOPERM', 'this is for the nodes among themselves');
  return cluster;
}

const peer = (context: Context, args: readonly Buffer[]): Promise<Reply> =>
  requirePeer(context).receive(args.slice(1), (command) => runHere(context, command));

/** Also of what isn't sealed yet: whoever knows its xid has been told by its node. */
function fetch(context: Context, args: readonly Buffer[]): Reply {
  const xid = parseXid(args[1]!);
  const reader = new ArgumentReader(args, 2);
  const range = reader.done() ? undefined : takeRange(reader);
  if (!reader.done()) reader.fail('nothing after the length');
  requirePeer(context);
  return bytesReply(context.fabric.copies.stretch(xid, range));
}

export const peerCommand: Command = {
  ...fabricCommon,
  name: 'fabric.peer',
  arity: -2,
  flags: ['admin', 'noscript', 'no_multi', 'skip_slowlog'],
  categories: ['@fabric', '@admin', '@dangerous', '@slow'],
  summary: 'Takes messages of another node.',
  complexity: 'O(N) for N messages',
  arguments: [{ name: 'message', type: 'string', multiple: true }],
  reply: 'the answers that are there at once',
  notes: 'For nodes, which know each other by `cluster.password`. What they say changes with the version.',
  handler: peer,
};

export const fetchCommand: Command = {
  ...peerCommand,
  name: 'fabric.fetch',
  arity: -2,
  flags: ['readonly', 'noscript', 'no_multi', 'skip_slowlog'],
  summary: 'Sends the bytes of a variable to another node.',
  complexity: 'O(N) for N bytes',
  arguments: [{ name: 'xid', type: 'integer' }, rangeArgument],
  reply: 'bytes | null',
  handler: fetch,
};
