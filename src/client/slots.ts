/**
 * The proof that this process lives. A pin or reservation made with SLOT n lasts while the lock on slot n is held, which the
 * kernel drops with the process: neither a broken connection ends it nor does kill -9 leak it.
 */
import { native, type Slot } from '../native.js';
import { inodeOf } from './host.js';
import type { Link } from './link.js';
import { fieldsOf, listOf, textOf } from './replies.js';

interface SharedSlot {
  slot: Slot;
  users: number;
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
  if (known?.slot.inode === inode) return known;
  try {
    const shared = { slot: native.acquireSlot(name), users: 0 };
    held.set(name, shared);
    return shared;
  } catch {
    return undefined;
  }
}

/** The slot a connection names to its node; taken at first use. */
export class SlotKeeper {
  readonly #link: Link;
  #shared: SharedSlot | undefined;
  #name = '';
  #epoch = -1;

  constructor(link: Link) {
    this.#link = link;
  }

  /** The slot's number; undefined on another machine, before the node has a segment, or when none is free. */
  async index(): Promise<number | undefined> {
    // A node that came back may have new objects, in which the old slot means nothing.
    if (this.#epoch !== this.#link.epoch) await this.#find();
    return this.#shared?.slot.index;
  }

  release(): void {
    const shared = this.#shared;
    this.#shared = undefined;
    if (shared === undefined || --shared.users > 0) return;
    shared.slot.close();
    if (held.get(this.#name) === shared) held.delete(this.#name);
  }

  async #find(): Promise<void> {
    const { epoch } = this.#link;
    const [segment] = listOf(await this.#link.call('FABRIC.SEGMENTS'));
    const name = segment === undefined ? '' : slotsObjectOf(textOf(fieldsOf(segment).get('shared_id')));
    const shared = name !== '' && this.#link.local ? share(name) : undefined;
    if (shared !== undefined) shared.users++;
    this.release();
    this.#shared = shared;
    this.#name = name;
    // Without a segment there is no name yet: asked again next time.
    if (segment !== undefined) this.#epoch = epoch;
  }
}
