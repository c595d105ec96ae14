/** What a client holds at a node: pins or reservations, each with the memory it gives access to. */
import type { Mapping } from '../native.js';
import type { Link } from './link.js';
import type { SharedSlot } from './slots.js';

interface Holding {
  /** Weak: holding the memory here would keep the garbage collector from noticing that its user has dropped it. */
  buffer: WeakRef<ArrayBuffer>;
  slot: SharedSlot | undefined;
}

/** `Key` is what the command that gives it back takes: a pin, an xid. */
export class Holdings<Key extends string | number> {
  readonly #link: Link;
  readonly #giveBack: string;
  readonly #holdings = new Map<Key, Holding>();
  /** Lives with the buffer: a user may keep nothing but an array over it, which `close()` must empty all the same. */
  readonly #mappings = new WeakMap<ArrayBuffer, Mapping>();
  readonly #dropped = new FinalizationRegistry<Key>((key) => this.#collect(key));

  constructor(link: Link, giveBack: 'FABRIC.RELEASE' | 'FABRIC.ABORT') {
    this.#link = link;
    this.#giveBack = giveBack;
  }

  add(key: Key, mapping: Mapping, slot: SharedSlot | undefined): void {
    this.#holdings.set(key, { buffer: new WeakRef(mapping.buffer), slot });
    this.#mappings.set(mapping.buffer, mapping);
    this.#dropped.register(mapping.buffer, key, mapping.buffer);
  }

  get size(): number {
    return this.#holdings.size;
  }

  has(key: Key): boolean {
    return this.#holdings.has(key);
  }

  /** Empties the views, then tells the node; the slot is kept until it has answered. */
  async end<T>(key: Key, tell: () => Promise<T>): Promise<T> {
    const holding = this.#holdings.get(key);
    this.#holdings.delete(key);
    const buffer = holding?.buffer.deref();
    if (buffer !== undefined) {
      this.#dropped.unregister(buffer);
      this.#mappings.get(buffer)?.close();
    }
    try {
      return await tell();
    } finally {
      holding?.slot?.drop();
    }
  }

  /** Gives everything back; views become empty. */
  async close(): Promise<void> {
    const ready = this.#link.redis.status === 'ready';
    const tell = async (key: Key) => (ready ? this.#link.call(this.#giveBack, key) : undefined);
    await Promise.allSettled([...this.#holdings.keys()].map((key) => this.end(key, () => tell(key))));
  }

  #collect(key: Key): void {
    if (!this.#holdings.has(key) || this.#link.closed) return;
    // Should it fail, the slot or connection ends it.
    this.end(key, () => this.#link.call(this.#giveBack, key)).catch(() => undefined);
  }
}
