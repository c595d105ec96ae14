/** Payloads on their way in, each in a reservation of the server's own. */
import { FabricError } from '../errors.js';
import type { Entry } from '../native.js';
import { requireReservable, type Draft } from './admission.js';
import type { Core } from './core.js';

export class Incoming {
  readonly #core: Core;
  readonly #copies = new Set<Promise<unknown>>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Claims the name and the room for a payload of the draft's length. */
  open(draft: Draft): Payload {
    const core = this.#core;
    requireReservable(core, draft.length);
    return new Payload(core, core.store.reserve(draft), draft);
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
  #open = true;
  #written = 0;
  #crc32c = 0;

  constructor(core: Core, entry: Entry, draft: Draft) {
    this.entry = entry;
    this.length = draft.length;
    this.#core = core;
    this.#draft = draft;
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
    this.#open = false;
    counters.inserts++;
    counters.insertedBytes += this.length;
    waiters.sealed(this.#draft.name);
    return this.entry;
  }

  /** Gives the room back; harmless when it is sealed or abandoned already. */
  abandon(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#core.store.abort(this.entry);
  }
}
