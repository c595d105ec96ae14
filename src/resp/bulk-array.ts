import { encode } from './encoder.js';
import { Output } from './output.js';
import type { EncodedArray } from './reply.js';

const CHUNK_BYTES = 64 * 1024;

/** Encodes a long array of bulk strings bit by bit, so that neither the encoding nor its heap memory comes in one piece. */
export class BulkArray {
  readonly #output = new Output();
  readonly #chunks: Buffer[] = [];
  #items = 0;
  #bytes = 0;

  /** Of what is encoded so far. */
  get bytes(): number {
    return this.#bytes + this.#output.length;
  }

  add(item: Buffer): void {
    encode(this.#output, item, 2);
    this.#items++;
    if (this.#output.length >= CHUNK_BYTES / 2) this.#cut();
  }

  reply(): EncodedArray {
    this.#cut();
    return { kind: 'encoded', items: this.#items, chunks: this.#chunks };
  }

  #cut(): void {
    if (this.#output.length === 0) return;
    this.#bytes += this.#output.length;
    this.#chunks.push(this.#output.take());
  }
}
