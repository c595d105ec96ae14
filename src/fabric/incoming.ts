/**
 * Payloads on their way in, each in a reservation of the server's own. Their xids are known here so that no client can seal or abort
 * what it didn't reserve: EXISTS tells the xid of a claim.
 */
import { FabricError } from '../errors.js';
import type { Entry } from '../native.js';
import { requireReservable, type Draft } from './admission.js';
import type { Core } from './core.js';

export class Incoming {
  readonly #core: Core;
  readonly #xids = new Set<number>();
  readonly #copies = new Set<Promise<unknown>>();

  constructor(core: Core) {
    this.#core = core;
  }

  has(xid: number): boolean {
    return this.#xids.has(xid);
  }

  /** Claims the name and the room for a payload of the draft's length. */
  open(draft: Draft): Payload {
    const core = this.#core;
    requireReservable(core, draft.length);
    const entry = core.store.reserve(draft);
    const { xid } = core.store.describe(entry);
    this.#xids.add(xid);
    return new Payload(core, entry, draft, () => this.#xids.delete(xid));
  }

  /** Counts a copy that runs beside the main thread; `settled` waits for it. */
  async during<T>(copy: Promise<T>): Promise<T> {
    this.#copies.add(copy);
    try {
      return await copy;
    } finally {
      this.#copies.delete(copy);
    }
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#copies);
  }
}

/** One payload on its way in: written in order, then sealed or abandoned. */
export class Payload {
  readonly entry: Entry;
  readonly length: number;
  readonly #core: Core;
  readonly #draft: Draft;
  readonly #forget: () => void;
  #open = true;
  #written = 0;
  #crc32c = 0;

  constructor(core: Core, entry: Entry, draft: Draft, forget: () => void) {
    this.entry = entry;
    this.length = draft.length;
    this.#core = core;
    this.#draft = draft;
    this.#forget = forget;
  }

  /** The next bytes; returns the crc32c so far. */
  write(offset: number, bytes: Uint8Array): number {
    if (offset !== this.#written) {
      throw new FabricError('ERR', `payload bytes at ${offset} are out of order: ${this.#written} are written`);
    }
    this.#core.store.write(this.entry, offset, bytes);
    this.#written += bytes.length;
    this.#crc32c = this.#core.native.crc32c(bytes, this.#crc32c);
    return this.#crc32c;
  }

  seal(crc32c: number): Entry {
    const { store, counters, waiters } = this.#core;
    try {
      store.seal(this.entry, crc32c);
    } catch (error) {
      this.abandon();
      throw error;
    }
    this.#close();
    counters.inserts++;
    counters.insertedBytes += this.length;
    waiters.sealed(this.#draft.name);
    return this.entry;
  }

  /** Gives the room back; harmless when it is sealed or abandoned already. */
  abandon(): void {
    if (!this.#open) return;
    this.#close();
    this.#core.store.abort(this.entry);
  }

  #close(): void {
    this.#open = false;
    this.#forget();
  }
}
