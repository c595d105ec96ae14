/** Bytes of a variable of another node: few at once, many piece by piece as the client takes them. */
import type { Cluster } from '../cluster/cluster.js';
import type { Copy } from '../cluster/peer-messages.js';
import { FabricError } from '../errors.js';
import type { ErrorReply, Reply } from '../resp/reply.js';
import type { Context } from './context.js';

/** What is fetched at a time. */
const PIECE_BYTES = 1 << 20;

export interface Range {
  offset: number;
  length: number;
}

export function remoteBytes({ cluster, session }: Context, copy: Copy, range?: Range): Reply | Promise<Reply> {
  const { offset, length } = range ?? { offset: 0, length: copy.length };
  if (offset + length > copy.length)
    throw new FabricError(
      'ERR',
      `offset ${offset} and length ${length} reach to ${offset + length}, but the variable has ${copy.length} bytes`,
    );
  if (length === 0) return Buffer.alloc(0);
  if (length <= PIECE_BYTES) return cluster!.fetch(copy, offset, length);
  if (session.executing)
    throw new FabricError('ERR', `${length} bytes of node ${copy.node} are too many within EXEC: read them outside`);
  return streamed(cluster!, copy, { offset, length });
}

function streamed(cluster: Cluster, copy: Copy, { offset, length }: Range): Reply {
  let at = 0;
  const next = async (): Promise<Buffer | ErrorReply> => {
    const bytes = Math.min(PIECE_BYTES, length - at);
    try {
      const piece = await cluster.fetch(copy, offset + at, bytes);
      at += bytes;
      return piece;
    } catch (error) {
      return { kind: 'error', text: (error as Error).message };
    }
  };
  return { kind: 'items', items: Math.ceil(length / PIECE_BYTES), bulkBytes: length, next, done: () => undefined };
}
