/** Bytes by which a reader can tell whose object it sees, and whether it is whole. */

export function pattern(seed: number, bytes: number): Buffer {
  const body = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) body.writeUInt32LE((seed * 2654435761 + at) >>> 0, at);
  return body;
}

/** The seed it was made of, when it is one of these; undefined when it is anything else, such as half of one. */
export function seedOf(body: Buffer, bytes: number, seeds: Iterable<number>): number | undefined {
  for (const seed of seeds) {
    if (body.equals(pattern(seed, bytes))) return seed;
  }
  return undefined;
}
