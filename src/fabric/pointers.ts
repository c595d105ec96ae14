/** Pointers to sealed variables: each is a pin, which keeps the bytes where they are until it is released. */
import { FabricError } from '../errors.js';
import type { Entry, Owner } from '../native.js';
import type { Core } from './core.js';
import type { Gate } from './gate.js';
import { requireBacked } from './backing.js';
import { printable } from './names.js';
import { requireLease, requireOwner } from './owners.js';
import { placeOf, type Place } from './place.js';
import type { Placements } from './placements.js';

export interface Pointer extends Place {
  /** `node:` and 16 hex digits. */
  pin: string;
  name: Buffer;
  xid: number;
  generation: number;
}

const PIN = /^(?<node>[^:]+):(?<token>[0-9a-f]{16})$/;

export class Pointers {
  readonly #core: Core;
  readonly #placements: Placements;

  constructor(core: Core, placements: Placements) {
    this.#core = core;
    this.#placements = placements;
  }

  /** Pins a variable and says where it is and how to read it. */
  point(entry: Entry, owner: Owner): Pointer {
    const { store, options, counters } = this.#core;
    requireOwner(options.limits, owner);
    const description = store.describe(entry);
    // Who maps it would be killed by the first byte that isn't there.
    requireBacked(this.#core, entry, description.length);
    const place = placeOf(this.#core, this.#placements, description);
    const { name, xid, generation } = description;
    const pin = `${options.node}:${store.pin(entry, owner)}`;
    counters.pins++;
    return { pin, name, xid, generation, ...place };
  }

  /** The variable that starts at a location; with an xid, that one or STALE. Undefined when nothing starts there. */
  at(sharedId: string, offset: number, xid: number | undefined): Entry | undefined {
    const { store } = this.#core;
    const entry = store.findAt(sharedId, offset);
    if (xid === undefined) return entry;
    if (entry !== undefined && store.describe(entry).xid === xid) return entry;
    const moved = store.findXid(xid);
    if (moved === undefined && entry === undefined) return undefined;
    throw stale(xid, sharedId, offset, moved !== undefined && store.describe(moved).state === 'SEALED');
  }

  /** Returns the pins left on the variable. `remove`: and removes the variable, unless its name is another's by now. */
  release(pin: string, remove: boolean): number | Promise<number> {
    const { gate } = this.#core.options;
    if (remove && gate !== undefined) return this.#releaseRemoving(pin, gate);
    const { store, counters } = this.#core;
    const token = this.#token(pin);
    const entry = store.pinned(token);
    const held = entry === undefined ? undefined : store.describe(entry);
    const left = this.#known(pin, () => store.unpin(token));
    counters.releases++;
    if (remove && held !== undefined) this.#removeIfStill(held.name, held.xid);
    return left;
  }

  /** The pin stays when nobody can say that the variable is gone. */
  async #releaseRemoving(pin: string, gate: Gate): Promise<number> {
    const { store } = this.#core;
    const entry = this.#known(pin, () => store.pinned(this.#token(pin))!);
    const { name, xid } = store.describe(entry);
    const now = store.find(name);
    if (now !== undefined && store.describe(now).xid === xid) await gate.remove([name]);
    return this.release(pin, false);
  }

  /** Of the variable it holds; undefined for a pin that is no more. */
  nameOf(pin: string): Buffer | undefined {
    const { store } = this.#core;
    const entry = store.pinned(this.#token(pin));
    return entry === undefined ? undefined : store.describe(entry).name;
  }

  renew(pin: string, ms: number): void {
    requireLease(this.#core.options.limits, ms);
    const token = this.#token(pin);
    this.#known(pin, () => this.#core.store.renew(token, ms));
  }

  #removeIfStill(name: Buffer, xid: number): void {
    const { store, counters } = this.#core;
    const entry = store.find(name);
    if (entry !== undefined && store.describe(entry).xid === xid) counters.removed += store.remove([name]);
  }

  #token(pin: string): string {
    const { node, token } = PIN.exec(pin)?.groups ?? {};
    if (node === undefined || token === undefined) {
      throw new FabricError(
        'ERR',
        `${printable(Buffer.from(pin, 'latin1'))} is not a pin: PTR gives it as a node's name, ':' and 16 hex digits`,
      );
    }
    if (node !== this.#core.options.node) {
      throw new FabricError('NOTFOUND', `the pin belongs to node '${node}', which is not in this cluster`);
    }
    return token;
  }

  /** Runs what needs a pin that is still there. */
  #known<T>(pin: string, use: () => T): T {
    if (this.#core.store.pinned(this.#token(pin)) !== undefined) return use();
    throw new FabricError(
      'NOTFOUND',
      `no pin ${pin}: it was released, or its lease, slot or connection ended; take another with FABRIC.PTR`,
    );
  }
}

function stale(xid: number, sharedId: string, offset: number, alive: boolean): FabricError {
  const now = alive ? 'it has moved: FABRIC.LOCATE tells where it is now' : 'it was removed, another variable is there';
  return new FabricError('STALE', `${xid} is not at ${sharedId} offset ${offset}: ${now}`);
}
