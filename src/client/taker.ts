/** Commands that take a pin or a reservation, and what keeps that alive: a lease, else this process, else the connection. */
import { setTimeout as after } from 'node:timers/promises';
import { hasCode } from './client-error.js';
import type { Argument, Link } from './link.js';
import type { SharedSlot, SlotKeeper } from './slots.js';

/** The server has looked at every slot by then, so that a reservation of our own whose reply was lost is gone. */
const LOST_MS = 1000;
const LOOK_AGAIN_MS = 50;

export interface Taken {
  reply: unknown;
  /** Held for it; whoever ends it drops it. */
  slot: SharedSlot | undefined;
}

export class Taker {
  readonly #link: Link;
  readonly #slots: SlotKeeper;

  constructor(link: Link, slots: SlotKeeper) {
    this.#link = link;
    this.#slots = slots;
  }

  async take(command: readonly [string, ...Argument[]], leaseMs: number | undefined): Promise<Taken> {
    if (leaseMs !== undefined) return { reply: await this.#link.call(...command, 'LEASE', leaseMs), slot: undefined };
    let lostUntil: number | undefined;
    for (;;) {
      const slot = await this.#slots.current();
      if (slot === undefined) return { reply: await this.#link.call(...command), slot };
      const { epoch } = this.#link;
      const lost = () => this.#link.epoch !== epoch;
      try {
        return { reply: await this.#takeBy(slot, command, lost), slot };
      } catch (error) {
        // What the first of the two left may be all that is in the way.
        if (lost()) lostUntil = performance.now() + LOST_MS;
        if (lostUntil === undefined || performance.now() > lostUntil || !hasCode(error, 'EXISTS')) throw error;
        await after(LOOK_AGAIN_MS);
      }
    }
  }

  /** A command that was sent again because its reply was lost may have been done twice: the slot is given up then. */
  async #takeBy(slot: SharedSlot, command: readonly [string, ...Argument[]], lost: () => boolean): Promise<unknown> {
    slot.hold();
    try {
      return await this.#link.call(...command, 'SLOT', slot.index);
    } catch (error) {
      slot.drop();
      throw error;
    } finally {
      if (lost()) slot.giveUp();
    }
  }
}
