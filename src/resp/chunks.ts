/** What a chunk costs beside its bytes; a peer that sends byte by byte must not pass as sending little. */
const CHUNK_OVERHEAD_BYTES = 256;

/** Bytes received and not yet consumed, in order. */
export class ChunkQueue {
  #chunks: Buffer[] = [];
  /** Index of the current chunk. */
  #head = 0;
  /** Consumed bytes of the current chunk. */
  offset = 0;
  #bytes = 0;

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** The chunk `offset` counts in; undefined when all is consumed. */
  get current(): Buffer | undefined {
    return this.#chunks[this.#head];
  }

  /** Bytes not yet consumed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Heap memory of the queue, about. */
  get heapBytes(): number {
    return this.#bytes + (this.#chunks.length - this.#head) * CHUNK_OVERHEAD_BYTES;
  }

  /** Consumes `count` bytes of the current chunk. */
  skip(count: number): void {
    this.offset += count;
    this.#bytes -= count;
    const current = this.#chunks[this.#head];
    if (current === undefined || this.offset < current.length) return;
    this.offset = 0;
    this.#head++;
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#chunks = this.#chunks.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Consumes up to `max` bytes of the current chunk and returns a view of them. */
  take(max: number): Buffer | undefined {
    const current = this.#chunks[this.#head];
    if (current === undefined) return undefined;
    const end = Math.min(current.length, this.offset + max);
    const taken = current.subarray(this.offset, end);
    this.skip(taken.length);
    return taken;
  }

  clear(): void {
    this.#chunks = [];
    this.#head = 0;
    this.offset = 0;
    this.#bytes = 0;
  }
}
