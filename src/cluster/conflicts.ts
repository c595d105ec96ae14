/** Variables whose names are others', as an administrator settles them: they go, or take their names once those are free. */
import { FabricError } from '../errors.js';
import { nameKey, printable } from '../fabric/names.js';
import type { Doubts } from './doubts.js';
import type { NameLocks } from './name-locks.js';
import type { NameWatchers } from './name-watchers.js';
import type { Pages } from './pages.js';
import type { Copy } from './peer-messages.js';
import type { Removal } from './removal.js';
import type { Roster } from './roster.js';
import type { Veils } from './veils.js';

export interface ConflictsParts {
  pages: Pages;
  roster: Roster;
  locks: NameLocks;
  doubts: Doubts;
  removal: Removal;
  veils: Veils;
  watchers: NameWatchers;
  /** Throws when this coordinator may not change anything now. */
  requireOffice: () => void;
}

export class Conflicts {
  readonly #parts: ConflictsParts;

  constructor(parts: ConflictsParts) {
    this.#parts = parts;
  }

  discard(xid: number): Promise<void> {
    const { pages, roster, removal } = this.#parts;
    return this.#settle(xid, async (name, copies) => {
      roster.requireAnyUp(copies);
      await removal.remove(name, copies);
      pages.discard(name, xid, copies);
    });
  }

  /** Its name is free by now, and it is found by it from now on. EXISTS when it isn't. */
  publish(xid: number): Promise<void> {
    const { pages, veils, watchers } = this.#parts;
    return this.#settle(xid, (name, copies) => {
      const [other] = pages.find(name);
      if (other !== undefined)
        throw new FabricError(
          'EXISTS',
          `${printable(name)} stands for ${other.xid} still: FABRIC.DELETE that first, or FABRIC.DISCARD ${xid}`,
        );
      pages.publish(name, xid);
      veils.lift(copies);
      watchers.wake(name);
    });
  }

  async #settle(xid: number, how: (name: Buffer, copies: readonly Copy[]) => void | Promise<void>): Promise<void> {
    const { pages, locks, doubts, requireOffice } = this.#parts;
    const conflict = await pages.conflict(xid);
    if (conflict === undefined) throw noConflict(xid);
    const { name, copies } = conflict;
    const release = await locks.acquire(nameKey(name));
    try {
      requireOffice();
      doubts.requireNone(name);
      // It may have been settled while the lock was waited for.
      if (!pages.isConflict(name, xid)) throw noConflict(xid);
      await how(name, copies);
    } finally {
      release();
    }
  }
}

const noConflict = (xid: number) =>
  new FabricError('NOTFOUND', `${xid} is no variable whose name is another's: FABRIC.CONFLICTS lists those`);
