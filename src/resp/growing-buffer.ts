/** First allocation: enough for most gathered bulks, too little for idle announcements to hurt. */
const FIRST_BYTES = 64 * 1024;
const GROWTH = 4;

/** Gathers bytes up to a known size; its memory follows what has arrived, never what was announced. */
export class GrowingBuffer {
  readonly #size: number;
  #bytes: Buffer;
  #length = 0;

  constructor(size: number, firstBytes = FIRST_BYTES) {
    this.#size = size;
    this.#bytes = Buffer.allocUnsafe(Math.min(size, firstBytes));
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes still missing. */
  get missing(): number {
    return this.#size - this.#length;
  }

  append(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) this.#grow(length);
    bytes.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  /** The bytes so far. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const capacity = Math.min(this.#size, Math.max(needed, this.#bytes.length * GROWTH));
    const grown = Buffer.allocUnsafe(capacity);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
