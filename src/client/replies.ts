/**
 * Replies as plain values, the same from RESP2 and RESP3. Bulk strings come as Buffers; a map as a flat label/value array, an
 * object or a Map, depending on protocol and `replyMapping`.
 */
import { FabricError } from '../errors.js';

export type Fields = ReadonlyMap<string, unknown>;

/** Where a copy of a variable lies: `offset` and `length` are bytes in the object `sharedId` of `node`. */
export interface Placement {
  node: string;
  sharedId: string;
  offset: number;
  length: number;
  xid: number;
  generation: number;
}

function unexpected(what: string, reply: unknown): FabricError {
  return new FabricError(
    'ERR',
    `the server answered ${typeof reply} where ${what} was expected: is it a Datafabric node?`,
  );
}

export function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  if (Buffer.isBuffer(reply)) return reply.toString();
  throw unexpected('text', reply);
}

export function numberOf(reply: unknown): number {
  if (typeof reply === 'number') return reply;
  const value = typeof reply === 'bigint' ? Number(reply) : Number(textOf(reply));
  if (!Number.isNaN(value)) return value;
  throw unexpected('a number', reply);
}

export function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected('an array', reply);
}

export function fieldsOf(reply: unknown): Fields {
  if (reply instanceof Map) return new Map([...reply].map(([label, value]) => [textOf(label), value as unknown]));
  if (!Array.isArray(reply) && !Buffer.isBuffer(reply) && typeof reply === 'object' && reply !== null) {
    return new Map(Object.entries(reply));
  }
  const flat = listOf(reply);
  const fields = new Map<string, unknown>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(textOf(flat[i]), flat[i + 1]);
  return fields;
}

export function placementsOf(reply: unknown): Placement[] {
  return listOf(reply).map((item) => {
    const [node, sharedId, offset, length, xid, generation] = listOf(item);
    return {
      node: textOf(node),
      sharedId: textOf(sharedId),
      offset: numberOf(offset),
      length: numberOf(length),
      xid: numberOf(xid),
      generation: numberOf(generation),
    };
  });
}
