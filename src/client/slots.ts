/**
 * The proof that this process lives. A pin or reservation made with SLOT n lasts while the lock on slot n is held, which the
 * kernel drops with the process: neither a broken connection ends it nor does kill -9 leak it.
 */
import { native, type Slot } from '../native.js';
import { NodeLostError } from './client-error.js';
import { inodeOf } from './host.js';
import type { Link } from './link.js';
import { fieldsOf, listOf, textOf } from './replies.js';

/** Held as long as a client may name it, and afterwards as long as anything that it protects is known of. */
export class SharedSlot {
  readonly name: string;
  readonly #slot: Slot;
  #clients = 0;
  #holdings = 0;
  #givenUp = false;

  constructor(name: string) {
    this.name = name;
    this.#slot = native.acquireSlot(name);
  }

  get index(): number {
    return this.#slot.index;
  }

  get inode(): number {
    return this.#slot.inode;
  }

  get givenUp(): boolean {
    return this.#givenUp;
  }

  /** A client names it. */
  join(): void {
    this.#clients++;
  }

  leave(): void {
    this.#clients--;
    this.#closeUnused();
  }

  /** For one pin or reservation, made or being made. */
  hold(): void {
    this.#holdings++;
  }

  drop(): void {
    this.#holdings--;
    this.#closeUnused();
  }

  /**
   * Nobody names it any more. For a command whose reply was lost: what it may have pinned or reserved is known to nobody, and ends
   * with the slot.
   */
  giveUp(): void {
    this.#givenUp = true;
    if (held.get(this.name) === this) held.delete(this.name);
    this.#closeUnused();
  }

  #closeUnused(): void {
    if (this.#holdings > 0 || (this.#clients > 0 && !this.#givenUp)) return;
    this.#slot.close();
    if (held.get(this.name) === this) held.delete(this.name);
  }
}

/** One per node and thread, by the name of the slots object. */
const held = new Map<string, SharedSlot>();

/** `/fabric.alpha.s0001` to `/fabric.alpha.slots`. */
export const slotsObjectOf = (shm: string): string => `${shm.slice(0, shm.lastIndexOf('.'))}.slots`;

/** This process's slot of that object; undefined when it is out of reach or all are taken. */
function share(name: string): SharedSlot | undefined {
  const inode = inodeOf(name);
  if (inode === undefined) return undefined;
  const known = held.get(name);
  if (known?.inode === inode) return known;
  try {
    const shared = new SharedSlot(name);
    held.set(name, shared);
    return shared;
  } catch {
    return undefined;
  }
}

/** What the slot was wanted for was not asked yet. */
function notYetSent(error: unknown): never {
  throw error instanceof NodeLostError ? new NodeLostError(error.message, false, { cause: error }) : error;
}

/** The slot a connection names to its node; taken at first use. */
export class SlotKeeper {
  readonly #link: Link;
  /** Absent: not known. */
  readonly #node: string | undefined;
  #shared: SharedSlot | undefined;
  #epoch = -1;

  constructor(link: Link, node?: string) {
    this.#link = link;
    this.#node = node;
  }

  /** Undefined on another machine, before the node has a segment, or when none is free. */
  async current(): Promise<SharedSlot | undefined> {
    // A node that came back may have new objects, in which the old slot means nothing.
    if (this.#epoch !== this.#link.epoch || this.#shared?.givenUp === true) await this.#find().catch(notYetSent);
    return this.#shared;
  }

  release(): void {
    const shared = this.#shared;
    this.#shared = undefined;
    shared?.leave();
  }

  async #find(): Promise<void> {
    const { epoch } = this.#link;
    // The node asked comes first, before others of its cluster.
    const which = this.#node === undefined ? [] : [this.#node];
    const [segment] = listOf(await this.#link.call('FABRIC.SEGMENTS', ...which));
    const name = segment === undefined ? '' : slotsObjectOf(textOf(fieldsOf(segment).get('shared_id')));
    const shared = name !== '' && this.#link.local ? share(name) : undefined;
    shared?.join();
    this.release();
    this.#shared = shared;
    // Without a segment there is no name yet: asked again next time.
    if (segment !== undefined) this.#epoch = epoch;
  }
}
