/** From a name to a view of its bytes. */
import { FabricError } from '../errors.js';
import { parseType } from '../types/datashape.js';
import { native, type Mapping } from '../native.js';
import type { FabricArray } from './arrays.js';
import { Attachment, pointerOf, type Described } from './attachment.js';
import type { Holdings } from './holdings.js';
import { mapPayload } from './host.js';
import type { Link } from './link.js';
import type { NodeSession } from './node-session.js';
import { variableOf } from './records.js';
import { placementsOf } from './replies.js';
import type { Taken } from './taker.js';

/** Longest piece of a copy that is fetched at once. */
const PIECE_BYTES = 64 << 20;

/** Maps what PTR answered. Undefined when there was no variable of that name. */
export async function attach<T extends FabricArray>(
  link: Link,
  pins: Holdings<string>,
  { reply, slot }: Taken,
): Promise<Attachment<T> | undefined> {
  if (reply === null) {
    slot?.drop();
    return undefined;
  }
  const pointer = pointerOf(reply);
  const pinned = { pointer, slot };
  try {
    const mapping = mapPayload(pointer, false);
    if (mapping !== undefined) return new Attachment<T>(link, pins, pinned, mapping, !native.externalBuffers);
    return new Attachment<T>(link, pins, pinned, ownMemory(await fetchPayload(link, pointer)), true);
  } catch (error) {
    await link.call('FABRIC.RELEASE', pointer.pin).catch(() => undefined);
    slot?.drop();
    throw error;
  }
}

type FetchedPart = Pick<Described, 'name' | 'xid' | 'length'>;

/** The bytes over the connection. The pin keeps them, but not their name: STALE when it is another variable's by then. */
async function fetchPayload(link: Link, { name, xid, length }: FetchedPart): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let stale = false;
  for (let at = 0; at < length && !stale; at += PIECE_BYTES) {
    const piece = await link.call('FABRIC.GET', name, at, Math.min(PIECE_BYTES, length - at));
    if (Buffer.isBuffer(piece) && piece.length === Math.min(PIECE_BYTES, length - at)) bytes.set(piece, at);
    else stale = true;
  }
  const placements = stale ? null : await link.call('FABRIC.LOCATE', name);
  if (placements === null || placementsOf(placements)[0]?.xid !== xid) {
    throw new FabricError('STALE', `${name.toString()} was replaced or deleted while it was read: attach it again`);
  }
  return bytes.buffer;
}

const ownMemory = (buffer: ArrayBuffer): Mapping => ({
  buffer,
  offset: 0,
  inode: 0,
  size: buffer.byteLength,
  close: () => undefined,
});

/** The bytes through a node that has none of them and gives no pin. Undefined when there is no such variable. */
export async function copy<T extends FabricArray>(
  { link, pins }: Pick<NodeSession, 'link' | 'pins'>,
  name: Buffer,
): Promise<Attachment<T> | undefined> {
  const reply = await link.call('FABRIC.INFO', name);
  if (reply === null) return undefined;
  const { xid, type, length, placements } = variableOf(reply);
  const { dtypeText: dtype } = parseType(type);
  const [{ node, generation } = { node: '', generation: 0 }] = placements;
  const pointer: Described = { name, xid, generation, node, type, dtype, length };
  const bytes = await fetchPayload(link, pointer);
  return new Attachment<T>(link, pins, { pointer, slot: undefined }, ownMemory(bytes), true);
}
