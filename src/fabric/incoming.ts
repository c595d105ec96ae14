/** Payloads on their way in, each in a reservation of the server's own. */
import { FabricError } from '../errors.js';
import type { Entry, NativeStore } from '../native.js';
import { requireReservable, type Draft } from './admission.js';
import type { Core } from './core.js';
import type { Gate } from './gate.js';
import type { Placement } from './placements.js';
import { sealShared } from './sealing.js';

export class Incoming {
  readonly #core: Core;
  readonly #copies = new Set<Promise<unknown>>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Claims the room for a payload of the draft's length, and the name, unless that is to be claimed by the seal. */
  open(draft: Draft, claim: 'now' | 'at-seal' = 'now'): Payload {
    const core = this.#core;
    requireReservable(core, draft.length);
    // Where names are everybody's it is not for a node to claim one: a copy of another's would find it taken.
    const claims = claim === 'now' && core.options.gate === undefined;
    if (claim === 'now' && !claims && !draft.replace) requireFree(core.store, draft);
    // A reservation that replaces claims no name.
    const replicas = draft.placing?.replicas ?? 1;
    const entry = core.store.reserve({ ...draft, replicas, replace: claims ? draft.replace : true });
    return new Payload(core, entry, draft, claim);
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
  readonly #claim: 'now' | 'at-seal';
  #open = true;
  #written = 0;
  #crc32c = 0;

  constructor(core: Core, entry: Entry, draft: Draft, claim: 'now' | 'at-seal') {
    this.entry = entry;
    this.length = draft.length;
    this.#core = core;
    this.#draft = draft;
    this.#claim = claim;
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

  /** Where it lies: here, its entry; or wherever its copies are, once everybody finds them. */
  seal(crc32c: number): Entry | Promise<Placement[]> {
    const { store, options } = this.#core;
    const draft = this.#draft;
    try {
      if (this.#claim === 'at-seal' && !draft.replace) requireFree(store, draft);
      if (options.gate !== undefined) return this.#sealShared(options.gate, crc32c);
      store.seal(this.entry, crc32c);
    } catch (error) {
      this.abandon();
      throw error;
    }
    return this.#sealed();
  }

  async #sealShared(gate: Gate, crc32c: number): Promise<Placement[]> {
    const { replace, placing } = this.#draft;
    try {
      const onSeal = () => {
        this.#open = false;
      };
      const placements = await sealShared(this.#core, gate, { entry: this.entry, crc32c, replace, placing, onSeal });
      this.#sealed();
      return placements;
    } catch (error) {
      // Sealed, it stays: that not everybody has been told is all that has failed.
      if (this.#open) this.abandon();
      else this.#sealed();
      throw error;
    }
  }

  #sealed(): Entry {
    const { counters, waiters } = this.#core;
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

/** EXISTS when the name is taken or being written, in the words of the store itself, which a claim of no bytes is asked for. */
function requireFree(store: NativeStore, draft: Draft): void {
  store.abort(store.reserve({ ...draft, length: 0, replace: false }));
}
