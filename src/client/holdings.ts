/** What a client holds at a node: pins or reservations, each with the memory it gives access to. */
import type { Mapping } from '../native.js';
import type { Link } from './link.js';

/** `Key` is what the command that gives it back takes: a pin, an xid. */
export class Holdings<Key extends string | number> {
  readonly #link: Link;
  readonly #giveBack: string;
  /** Weak: holding the memory here would keep the garbage collector from noticing that its user has dropped it. */
  readonly #buffers = new Map<Key, WeakRef<ArrayBuffer>>();
  /** Lives with the buffer: a user may keep nothing but an array over it, which `close()` must empty all the same. */
  readonly #mappings = new WeakMap<ArrayBuffer, Mapping>();
  readonly #dropped = new FinalizationRegistry<Key>((key) => this.#collect(key));

  constructor(link: Link, giveBack: 'FABRIC.RELEASE' | 'FABRIC.ABORT') {
    this.#link = link;
    this.#giveBack = giveBack;
  }

  add(key: Key, mapping: Mapping): void {
    this.#buffers.set(key, new WeakRef(mapping.buffer));
    this.#mappings.set(mapping.buffer, mapping);
    this.#dropped.register(mapping.buffer, key, mapping.buffer);
  }

  /** Ends it on this side and empties the views. False when it had ended before. */
  end(key: Key): boolean {
    const buffer = this.#buffers.get(key)?.deref();
    if (buffer !== undefined) {
      this.#dropped.unregister(buffer);
      this.#mappings.get(buffer)?.close();
    }
    return this.#buffers.delete(key);
  }

  /** Gives everything back; views become empty. */
  async close(): Promise<void> {
    const keys = [...this.#buffers.keys()];
    for (const key of keys) this.end(key);
    if (this.#link.redis.status !== 'ready') return;
    await Promise.allSettled(keys.map((key) => this.#link.call(this.#giveBack, key)));
  }

  #collect(key: Key): void {
    if (!this.#buffers.delete(key) || this.#link.closed) return;
    // Should it fail, the slot or connection ends it.
    this.#link.call(this.#giveBack, key).catch(() => undefined);
  }
}
