/** Room that a client fills itself: reserved, written in place, then sealed or aborted. */
import { FabricError } from '../errors.js';
import type { Description, Entry, Owner } from '../native.js';
import { requireBacked } from './backing.js';
import { admit, requireReservable, type Label } from './admission.js';
import type { Core } from './core.js';
import type { Incoming } from './incoming.js';
import { requireOwner } from './owners.js';
import { sealShared } from './sealing.js';
import { placeOf, type Place } from './place.js';
import type { Placement, Placements } from './placements.js';

export interface Reservation extends Place {
  xid: number;
}

export class Reservations {
  readonly #core: Core;
  readonly #incoming: Incoming;
  readonly #placements: Placements;
  /** Checksums under way, by xid: a second SEAL joins the first. */
  readonly #sealing = new Map<number, Promise<Placement[]>>();

  constructor(core: Core, incoming: Incoming, placements: Placements) {
    this.#core = core;
    this.#incoming = incoming;
    this.#placements = placements;
  }

  reserve(label: Label, length: number | undefined, owner: Owner): Reservation {
    const { store, counters, options } = this.#core;
    requireOwner(options.limits, owner);
    const draft = admit(this.#core, label, length);
    requireReservable(this.#core, draft.length);
    const entry = store.reserve({ ...draft, owner });
    try {
      requireBacked(this.#core, entry, draft.length);
    } catch (error) {
      store.abort(entry);
      throw error;
    }
    counters.reservations++;
    const description = store.describe(entry);
    return { xid: description.xid, ...placeOf(this.#core, this.#placements, description) };
  }

  /** Checksums the payload beside the main thread and seals it. Sealed already: nothing to do. */
  async seal(xid: number): Promise<Placement[]> {
    const { entry, state } = this.#require(xid);
    if (state !== 'RESERVED') return this.#placements.of(entry);
    const under = this.#sealing.get(xid);
    if (under !== undefined) return under;
    const sealing = this.#incoming.during(this.#checksumAndSeal(xid, entry));
    this.#sealing.set(xid, sealing);
    try {
      return await sealing;
    } finally {
      this.#sealing.delete(xid);
    }
  }

  abort(xid: number): void {
    const { entry, state } = this.#require(xid);
    if (state !== 'RESERVED') {
      throw new FabricError('INUSE', `${xid} is sealed: nothing to abort (FABRIC.DELETE removes the variable)`);
    }
    if (this.#sealing.has(xid)) {
      throw new FabricError(
        'INUSE',
        `${xid} is being sealed: wait for SEAL's reply, then DELETE it if it isn't wanted`,
      );
    }
    this.#core.store.abort(entry);
    this.#core.counters.aborts++;
  }

  async #checksumAndSeal(xid: number, entry: Entry): Promise<Placement[]> {
    const { store, counters, waiters, options } = this.#core;
    const crc32c = await store.checksum(entry);
    // Its lease may have ended meanwhile.
    if (store.findXid(xid) !== entry) throw unknown(xid);
    const { name, length, replace } = store.describe(entry);
    let placements: Placement[];
    if (options.gate === undefined) {
      store.seal(entry, crc32c);
      placements = this.#placements.of(entry);
    } else {
      placements = await sealShared(this.#core, options.gate, { entry, crc32c, replace, placing: undefined });
    }
    counters.seals++;
    counters.insertedBytes += length;
    waiters.sealed(name);
    return placements;
  }

  /** The reservation or what became of it. Payloads that the server itself is filling are nobody else's to seal. */
  #require(xid: number): Description {
    const entry = this.#core.store.findXid(xid);
    if (entry === undefined) throw unknown(xid);
    const description = this.#core.store.describe(entry);
    if (description.state === 'REMOVED' || description.own) throw unknown(xid);
    return description;
  }
}

const unknown = (xid: number) =>
  new FabricError(
    'NOTFOUND',
    `no reservation ${xid}: it was aborted or deleted, or given up after its writer's connection, lease or slot ended; ` +
      'RESERVE again',
  );
