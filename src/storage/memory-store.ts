/** Objects in this process's heap: they go with it. */
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { exactly } from './exactly.js';
import { checkKey, checkPrefix } from './object-key.js';
import { checkRange } from './object-range.js';
import type { Creation, ListedObject, ListOptions, ObjectRange, Store } from './store.js';

/** Listed at a stretch; then others have their turn. */
const TURN_KEYS = 1000;

export class MemoryStore implements Store {
  readonly kind = 'memory';
  readonly location = 'memory';
  readonly #objects = new Map<string, Buffer>();
  /** All keys, sorted: they are ASCII, so the order of strings is that of their bytes. */
  readonly #order: string[] = [];

  get(key: string, range?: ObjectRange): Promise<Buffer | undefined> {
    return answered(() => {
      const bytes = this.#find(key, range);
      return bytes && Buffer.from(bytes);
    });
  }

  has(key: string): Promise<boolean> {
    return answered(() => {
      checkKey(key);
      return this.#objects.has(key);
    });
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return answered(() => {
      checkKey(key);
      this.#set(key, Buffer.from(bytes));
    });
  }

  create(key: string, bytes: Uint8Array): Promise<Creation> {
    return answered(() => {
      checkKey(key);
      if (this.#objects.has(key)) return 'exists';
      this.#set(key, Buffer.from(bytes));
      return 'created';
    });
  }

  async *list(prefix: string, { after = '' }: ListOptions = {}): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    let last = after;
    for (;;) {
      const keys = this.#following(prefix, last);
      for (const key of keys) {
        const bytes = this.#objects.get(key);
        if (bytes !== undefined) yield { key, bytes: bytes.length };
      }
      if (keys.length < TURN_KEYS) return;
      last = keys.at(-1)!;
      await setImmediate();
    }
  }

  delete(key: string): Promise<void> {
    return answered(() => {
      checkKey(key);
      if (this.#objects.delete(key)) this.#order.splice(this.#placeOf(key), 1);
    });
  }

  read(key: string, range?: ObjectRange): Promise<Readable | undefined> {
    return answered(() => {
      const bytes = this.#find(key, range);
      return bytes && Readable.from([Buffer.from(bytes)], { objectMode: false });
    });
  }

  async write(key: string, bytes: number, source: AsyncIterable<Uint8Array>): Promise<void> {
    checkKey(key);
    const pieces: Uint8Array[] = [];
    // Copies: a source may use its buffer again.
    for await (const piece of exactly(bytes, source)) pieces.push(Buffer.from(piece));
    this.#set(key, Buffer.concat(pieces));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #find(key: string, range: ObjectRange | undefined): Buffer | undefined {
    checkKey(key);
    const bytes = this.#objects.get(key);
    if (bytes === undefined || range === undefined) return bytes;
    checkRange(key, range, bytes.length);
    return bytes.subarray(range.offset, range.offset + range.length);
  }

  #set(key: string, bytes: Buffer): void {
    if (!this.#objects.has(key)) this.#order.splice(this.#placeOf(key), 0, key);
    this.#objects.set(key, bytes);
  }

  /** Keys with this prefix behind `after`, as many as are listed at a stretch. */
  #following(prefix: string, after: string): string[] {
    let at = this.#placeOf(after > prefix ? after : prefix);
    if (this.#order[at] === after) at++;
    const keys = this.#order.slice(at, at + TURN_KEYS);
    const end = keys.findIndex((key) => !key.startsWith(prefix));
    return end < 0 ? keys : keys.slice(0, end);
  }

  /** Index of the first key that isn't before this one. */
  #placeOf(key: string): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What is thrown rejects, as with stores that take their time. */
function answered<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
