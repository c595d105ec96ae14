/** Many names with their xids, compact: the heap isn't the place for millions of them. */
const CHUNK_BYTES = 65_536;
/** Of the name's length, the xid and a small number beside them. */
const HEAD_BYTES = 2 + 8 + 2;

export interface ListedName {
  name: Buffer;
  xid: number;
  /** Whatever the list is for; 0 to 65,535. */
  tag: number;
}

export class NameList implements Iterable<ListedName> {
  readonly #chunks: { bytes: Buffer; used: number }[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push({ name, xid, tag }: ListedName): void {
    const chunk = this.#chunkFor(HEAD_BYTES + name.length);
    let at = chunk.bytes.writeUInt16LE(name.length, chunk.used);
    at = chunk.bytes.writeDoubleLE(xid, at);
    at = chunk.bytes.writeUInt16LE(tag, at);
    chunk.used = at + name.copy(chunk.bytes, at);
    this.#length++;
  }

  /** In the order they came. */
  *[Symbol.iterator](): Iterator<ListedName> {
    for (const { bytes, used } of this.#chunks) {
      for (let at = 0; at < used;) {
        const end = at + HEAD_BYTES + bytes.readUInt16LE(at);
        const name = Buffer.from(bytes.subarray(at + HEAD_BYTES, end));
        yield { name, xid: bytes.readDoubleLE(at + 2), tag: bytes.readUInt16LE(at + 10) };
        at = end;
      }
    }
  }

  #chunkFor(bytes: number): { bytes: Buffer; used: number } {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.used + bytes <= CHUNK_BYTES) return last;
    const chunk = { bytes: Buffer.allocUnsafeSlow(CHUNK_BYTES), used: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }
}
