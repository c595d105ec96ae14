/** Looking variables up: by name, by xid, and waiting for a name to be sealed. */
import type { Description, Entry } from '../native.js';
import { FabricError } from '../errors.js';
import type { Core } from './core.js';
import { requireBacked } from './backing.js';
import { footprintOf } from './footprint.js';
import { canonicalName } from './names.js';
import type { Placement, Placements } from './placements.js';
import { nextTurn, slices, STEP_ITEMS_MAX } from './turns.js';
import type { WaitOptions } from './waiters.js';

/** Below this a copy costs less than holding the variable until its bytes are sent. */
const COPIED_BYTES_MAX = 4096;

/** Bytes of a variable, as `PayloadReply` wants them. */
export interface Stretch {
  entry: Entry;
  offset: number;
  length: number;
}

export interface Information extends Description {
  /** Empty until sealed: before, only its writer knows the address. */
  placements: readonly Placement[];
}

export class Readers {
  readonly #core: Core;
  readonly #placements: Placements;

  constructor(core: Core, placements: Placements) {
    this.#core = core;
    this.#placements = placements;
  }

  /** What a name stands for now; no lookup for the counters. */
  xid(given: Buffer): number | undefined {
    const entry = this.#core.store.find(canonicalName(given));
    return entry === undefined ? undefined : this.#core.store.describe(entry).xid;
  }

  /** The sealed variable of a name. */
  find(given: Buffer): Entry | undefined {
    return this.#look(canonicalName(given));
  }

  /**
   * What `use` makes of the variable: at once, or at the moment it is sealed. Undefined when it is missing, or was until the
   * time ended.
   */
  use<T>(
    given: Buffer,
    wait: WaitOptions | undefined,
    use: (entry: Entry) => T,
  ): T | undefined | Promise<T | undefined> {
    const name = canonicalName(given);
    if (wait !== undefined) this.#requireWait(wait.ms);
    const entry = this.#look(name);
    if (entry !== undefined) return use(entry);
    if (wait === undefined) return undefined;
    return this.#core.waiters.wait(name, wait, () => {
      const sealed = this.#core.store.find(name);
      return sealed === undefined ? undefined : use(sealed);
    });
  }

  /** How many of the names are there; one named twice counts twice. */
  async count(names: readonly Buffer[]): Promise<number> {
    let found = 0;
    for (const slice of slices(names, STEP_ITEMS_MAX)) {
      for (const name of slice) if (this.find(name) !== undefined) found++;
      await nextTurn();
    }
    return found;
  }

  length(given: Buffer): number | undefined {
    const entry = this.find(given);
    return entry === undefined ? undefined : this.lengthOf(entry);
  }

  lengthOf(entry: Entry): number {
    return this.#core.store.lengthOf(entry);
  }

  /** The bytes themselves when they are few, else where they are. Without a range: all of them. */
  bytes(given: Buffer, range?: { offset: number; length: number }): Buffer | Stretch | undefined {
    const entry = this.find(given);
    return entry === undefined ? undefined : this.bytesOf(entry, range);
  }

  bytesOf(entry: Entry, range?: { offset: number; length: number }): Buffer | Stretch {
    const stretch = this.#stretch(entry, range);
    if (stretch.length > COPIED_BYTES_MAX) {
      // Once the length is on its way to the client, an error can only end the connection.
      requireBacked(this.#core, stretch.entry, stretch.offset + stretch.length);
      return stretch;
    }
    return this.#core.store.read(stretch.entry, stretch.offset, stretch.length);
  }

  /** Bytes it takes in shared memory, or undefined when it is missing. */
  footprint(given: Buffer): number | undefined {
    const entry = this.find(given);
    return entry === undefined ? undefined : footprintOf(this.#core.store.describe(entry));
  }

  /** By name: the sealed variable. */
  information(given: Buffer): Information | undefined {
    const entry = this.find(given);
    return entry === undefined ? undefined : this.#inform(entry);
  }

  /** In whatever state it is. */
  informationOfXid(xid: number): Information | undefined {
    const entry = this.#core.store.findXid(xid);
    return entry === undefined ? undefined : this.#inform(entry);
  }

  /** In whatever state it is. */
  nameOfXid(xid: number): Buffer | undefined {
    return this.#nameOf(this.#core.store.findXid(xid));
  }

  /** Of the variable that starts there. NOTFOUND for an unknown segment. */
  nameAt(sharedId: string, offset: number): Buffer | undefined {
    return this.#nameOf(this.#core.store.findAt(sharedId, offset));
  }

  #nameOf(entry: Entry | undefined): Buffer | undefined {
    return entry === undefined ? undefined : this.#core.store.describe(entry).name;
  }

  #inform(entry: Entry): Information {
    const description = this.#core.store.describe(entry);
    return { ...description, placements: description.state === 'SEALED' ? this.#placements.of(entry) : [] };
  }

  #stretch(entry: Entry, range?: { offset: number; length: number }): Stretch {
    const whole = this.lengthOf(entry);
    const { offset, length } = range ?? { offset: 0, length: whole };
    if (offset + length > whole) {
      throw new FabricError(
        'ERR',
        `offset ${offset} and length ${length} reach to ${offset + length}, but the variable has ${whole} bytes`,
      );
    }
    return { entry, offset, length };
  }

  #look(name: Buffer): Entry | undefined {
    const entry = this.#core.store.find(name);
    if (entry === undefined) this.#core.counters.misses++;
    else this.#core.counters.hits++;
    return entry;
  }

  #requireWait(ms: number): void {
    const max = this.#core.options.limits.waitMsMax;
    if (ms <= max) return;
    throw new FabricError('ERR', `WAIT takes 0 (for ever) to ${max} ms (limits.wait_ms_max), not ${ms}`);
  }
}
