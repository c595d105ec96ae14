/**
 * What a coordinator before this one has begun: values it gave leave for take the place of their former ones, and what it removed goes also from
 * nodes that were taken in before anybody told of that.
 */
import { nameKey } from '../fabric/names.js';
import type { NameLocks } from './name-locks.js';
import type { NameWatchers } from './name-watchers.js';
import type { Pages } from './pages.js';
import type { Copy, Outcome, Tombstone } from './peer-messages.js';
import type { Removal } from './removal.js';
import type { Roster } from './roster.js';
import type { Veils } from './veils.js';

export interface InheritanceParts {
  pages: Pages;
  roster: Roster;
  locks: NameLocks;
  watchers: NameWatchers;
  veils: Veils;
  removal: Removal;
  /** Throws when this coordinator may not change anything now. */
  requireOffice: () => void;
}

export class Inheritance {
  readonly #parts: InheritanceParts;

  constructor(parts: InheritanceParts) {
    this.#parts = parts;
  }

  /** It is sealed: it has the name from now on, unless that was given to a third since. */
  async take({ name, xid, copies, former: [former, ...more] }: Outcome): Promise<void> {
    const { pages, locks, requireOffice } = this.#parts;
    if (copies.length === 0 || former === undefined) return;
    const release = await locks.acquire(nameKey(name));
    try {
      requireOffice();
      const isThere = pages.holds(name, xid);
      // Somebody has discarded it, and so decided for the one before.
      if (!isThere && pages.find(name)[0]?.xid === former.xid) return;
      await this.#remove(name, former.xid, [former, ...more]);
      if (isThere) await this.#settle(name, xid);
    } finally {
      release();
    }
  }

  async #settle(name: Buffer, xid: number): Promise<void> {
    const { pages, veils, watchers } = this.#parts;
    const [present] = pages.find(name);
    if (present !== undefined && present.xid !== xid) {
      await this.#remove(name, xid, []);
      return;
    }
    if (present === undefined) pages.publish(name, xid);
    // It was veiled as one too many.
    veils.lift(pages.find(name));
    watchers.wake(name);
  }

  /** Nodes that are awaited and up have told of it as there: it is listed, or in the way of another. */
  async bury(tombstones: readonly Tombstone[]): Promise<void> {
    const { roster, locks, removal } = this.#parts;
    const isUp = (node: string) => roster.isUp(node);
    for (const { name, xid, awaited } of tombstones) {
      if (!awaited.some(isUp)) continue;
      const release = await locks.acquire(nameKey(name));
      try {
        await this.#remove(name, xid, []);
        // Whoever couldn't be told isn't up any more.
        removal.settle(awaited.filter(isUp), xid);
      } finally {
        release();
      }
    }
  }

  /** Wherever it is listed, and on nodes that may have it unlisted. */
  async #remove(name: Buffer, xid: number, elsewhere: readonly Copy[]): Promise<void> {
    const { pages, removal } = this.#parts;
    const listed = pages.copies(name, xid);
    const unlisted = elsewhere.filter(({ node }) => !listed.some((copy) => copy.node === node));
    if (listed.length + unlisted.length > 0) await removal.remove(name, [...listed, ...unlisted]);
    if (listed.length > 0) pages.discard(name, xid, listed);
  }
}
