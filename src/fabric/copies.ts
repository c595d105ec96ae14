/** Copies of variables of other nodes: each waits, stored, until it is sealed or given up. */
import { FabricError } from '../errors.js';
import type { Entry, NativeStore, PayloadSource } from '../native.js';
import { requireReservable } from './admission.js';
import type { Core } from './core.js';
import type { Placement } from './placements.js';
import type { Stretch } from './readers.js';

/** A variable as another node describes it. */
export interface Foreign {
  name: Buffer;
  documentation: string;
  type: string;
  xid: number;
  length: number;
  crc32c: number;
  /** Copies that are wanted, each on another node. */
  replicas: number;
}

export type { PayloadSource as BulkSource } from '../native.js';

/** A payload that is fetched piece by piece. */
export interface Pieces {
  pieceBytes: number;
  fetch: (offset: number, length: number) => Promise<Buffer>;
}

export interface SealedCopy extends Placement {
  crc32c: number;
}

const INVENTORY_BYTES = 32_768;

interface Waiting {
  entry: Entry;
  foreign: Foreign;
  sinceMs: number;
  /** Whoever wanted it here may be told by now that it isn't. */
  estranged: boolean;
}

export class Copies {
  readonly #core: Core;
  /** By xid; only those whose bytes are all here. */
  readonly #waiting = new Map<number, Waiting>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Makes room and brings the bytes in. Then it waits for `seal` or `release`. */
  async take(foreign: Foreign, source: PayloadSource | Pieces): Promise<SealedCopy> {
    const { store } = this.#core;
    const { name, documentation, type, xid, length, replicas } = foreign;
    if (this.#waiting.has(xid)) return this.#describe(this.#waiting.get(xid)!.entry, foreign.crc32c);
    requireReservable(this.#core, length);
    // A reservation that replaces claims no name: whose it is, is for others to say.
    const entry = store.reserve({ name, documentation, type, length, xid, replicas, replace: true });
    try {
      const crc32c = await ('fetch' in source ? this.#gather(source, entry, length) : store.receive(source, entry));
      if (crc32c !== foreign.crc32c)
        throw new FabricError(
          'ERR',
          `the copy of ${xid} has crc32c ${crc32c} instead of ${foreign.crc32c}: it was damaged on its way, or is where it comes from`,
        );
    } catch (error) {
      store.abort(entry);
      throw error;
    }
    this.#waiting.set(xid, { entry, foreign, sinceMs: performance.now(), estranged: false });
    return this.#describe(entry, foreign.crc32c);
  }

  async #gather({ pieceBytes, fetch }: Pieces, entry: Entry, length: number): Promise<number> {
    const { store, native } = this.#core;
    let crc32c = 0;
    for (let offset = 0; offset < length; offset += pieceBytes) {
      const piece = await fetch(offset, Math.min(pieceBytes, length - offset));
      store.write(entry, offset, piece);
      crc32c = native.crc32c(piece, crc32c);
    }
    return crc32c;
  }

  /** NOTFOUND when it was given up, or is estranged and not adopted. Sealed already, it answers the same again. */
  seal(xid: number, adopted = false): SealedCopy {
    const { store, waiters } = this.#core;
    const waiting = this.#waiting.get(xid);
    if (waiting === undefined || (waiting.estranged && !adopted)) {
      const sealed = this.sealed(xid);
      if (sealed !== undefined) return sealed;
      throw new FabricError('NOTFOUND', `no copy of ${xid} waits here to be sealed: it was given up`);
    }
    this.#waiting.delete(xid);
    store.seal(waiting.entry, waiting.foreign.crc32c);
    waiters.sealed(waiting.foreign.name);
    return this.#describe(waiting.entry, waiting.foreign.crc32c);
  }

  /** Those that wait now are only sealed by being adopted: a seal that comes late could be somebody's who has given up. */
  estrange(): void {
    for (const waiting of this.#waiting.values()) Object.assign(waiting, { estranged: true, sinceMs: -Infinity });
  }

  /** Harmless when there is none. */
  release(xid: number): void {
    const waiting = this.#waiting.get(xid);
    if (waiting === undefined) return;
    this.#waiting.delete(xid);
    this.#core.store.abort(waiting.entry);
  }

  /** Whether its name finds it or not. */
  remove(xid: number): void {
    this.release(xid);
    if (this.#core.store.removeXid(xid)) this.#core.counters.removed++;
  }

  /** Removes it unless somebody has pinned it: then false. */
  shed(xid: number): boolean {
    if (this.pins(xid) > 0) return false;
    this.remove(xid);
    return true;
  }

  /** Of readers. */
  pins(xid: number): number {
    const { store } = this.#core;
    const entry = store.findXid(xid);
    return entry === undefined ? 0 : store.describe(entry).pins;
  }

  /** Until unveiled its name doesn't find it. */
  veil(xid: number): void {
    this.#core.store.veil(xid);
  }

  unveil(xid: number): void {
    this.#core.store.unveil(xid);
  }

  unveilAll(): void {
    this.#core.store.unveilAll();
  }

  /** All that is sealed here, batch by batch; the cursor is 0 at first, and at the end. */
  inventory(cursor: number): { batch: Buffer; next: number } {
    const { batch, next } = this.#core.store.inventory(cursor, INVENTORY_BYTES);
    return { batch, next };
  }

  /** What is sealed here, for others to take a copy of. */
  offered(xid: number): Foreign | undefined {
    const { store } = this.#core;
    const entry = store.findXid(xid);
    if (entry === undefined) return undefined;
    const { name, documentation, type, length, crc32c, replicas, state } = store.describe(entry);
    return state === 'SEALED' ? { name, documentation, type, xid, length, crc32c, replicas } : undefined;
  }

  sealed(xid: number): SealedCopy | undefined {
    const { store } = this.#core;
    const entry = store.findXid(xid);
    if (entry === undefined) return undefined;
    const { state, crc32c } = store.describe(entry);
    return state === 'SEALED' ? this.#describe(entry, crc32c) : undefined;
  }

  /** Bytes of whatever has that xid here, sealed or all there. Undefined when nothing has. */
  stretch(xid: number, range?: { offset: number; length: number }): Stretch | undefined {
    const { store } = this.#core;
    const entry = store.findXid(xid);
    if (entry === undefined) return undefined;
    const { length: whole } = store.describe(entry);
    const { offset, length } = range ?? { offset: 0, length: whole };
    if (offset + length > whole)
      throw new FabricError('ERR', `offset ${offset} and length ${length} reach beyond the ${whole} bytes of ${xid}`);
    return { entry, offset, length };
  }

  /** Those that have waited for so long. */
  *older(ms: number): Iterable<Foreign> {
    const limit = performance.now() - ms;
    for (const { foreign, sinceMs } of this.#waiting.values()) if (sinceMs < limit) yield foreign;
  }

  #describe(entry: Entry, crc32c: number): SealedCopy {
    const { store, options } = this.#core;
    const { sharedId, offset, length, xid, generation } = exposed(store, entry);
    return { node: options.node, sharedId, offset, length, xid, generation, crc32c };
  }
}

/** Others are told of the place: it is exposed once it is sealed. */
function exposed(store: NativeStore, entry: Entry) {
  const description = store.describe(entry);
  return description.state === 'SEALED' ? { ...description, ...store.locate(entry) } : description;
}
