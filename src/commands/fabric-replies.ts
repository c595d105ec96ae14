/** What several FABRIC commands answer. */
import type { Place } from '../fabric/place.js';
import type { Placement } from '../fabric/placements.js';
import type { WaitOptions } from '../fabric/waiters.js';
import { record, type Reply } from '../resp/reply.js';
import type { Context } from './context.js';

/** The part of a map that says where the bytes are and how to read them. */
export const placeFields = (place: Place): Record<string, Reply> => ({
  node: place.node,
  shm: place.sharedId,
  offset: place.offset,
  length: place.length,
  type: place.type,
  dtype: place.dtype,
  shape: place.shape,
  strides: place.strides,
  host: hostReply(place.host),
});

/** What tells a client whether the object it opened is the one meant. */
export const hostReply = ({ bootId, inode, size }: Place['host']): Reply => record({ boot_id: bootId, inode, size });

export const placementsReply = (placements: readonly Placement[]): Reply =>
  placements.map(({ node, sharedId, offset, length, xid, generation }) => [
    node,
    sharedId,
    offset,
    length,
    xid,
    generation,
  ]);

export const placedReply = ({ fabric }: Context, entry: number): Reply => placementsReply(fabric.placements.of(entry));

/** WAIT as readers want it; inside EXEC nothing waits. */
export const waitOf = ({ session }: Context, ms: number | undefined): WaitOptions | undefined =>
  ms === undefined || session.executing ? undefined : { ms, signal: session.signal };

/** Marks the connection blocked while a command of it waits. */
export async function whileBlocked<T>({ session }: Context, pending: Promise<T>): Promise<T> {
  session.blocked = true;
  try {
    return await pending;
  } finally {
    session.blocked = false;
  }
}

/** Few bytes as such, many straight from the segment. */
export function bytesReply(bytes: Buffer | { entry: number; offset: number; length: number } | undefined): Reply {
  if (bytes === undefined) return null;
  return Buffer.isBuffer(bytes) ? bytes : { kind: 'payload', ...bytes };
}
