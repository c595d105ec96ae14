/** Takes variables away: some by name, or all. The memory of pinned ones follows when the last pin goes. */
import type { Core } from './core.js';
import { canonicalName } from './names.js';
import { nextTurn, slices, STEP_ITEMS_MAX } from './turns.js';

/** One commit: so many go together or not at all, whatever crashes. A millisecond's work, and below `REDO_STORES_MAX`. */
const COMMIT_NAMES_MAX = 2000;

export class Removals {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** How many there were. All names are checked before the first goes. */
  remove(given: readonly Buffer[]): number | Promise<number> {
    const names = given.map(canonicalName);
    const { gate } = this.#core.options;
    if (gate !== undefined) return gate.remove(names);
    return names.length <= COMMIT_NAMES_MAX ? this.#commit(names) : this.#removeMany(names);
  }

  /** Removes whatever was there from beginning to end. */
  async removeAll(): Promise<void> {
    let cursor = 0;
    do {
      const page = this.#core.store.scan(cursor, STEP_ITEMS_MAX);
      for (const names of slices(page.names, COMMIT_NAMES_MAX)) this.#commit(names);
      cursor = page.cursor;
      if (cursor !== 0) await nextTurn();
    } while (cursor !== 0);
  }

  async #removeMany(names: readonly Buffer[]): Promise<number> {
    let removed = 0;
    for (const slice of slices(names, COMMIT_NAMES_MAX)) {
      removed += this.#commit(slice);
      await nextTurn();
    }
    return removed;
  }

  #commit(names: Buffer[]): number {
    const removed = this.#core.store.remove(names);
    this.#core.counters.removed += removed;
    return removed;
  }
}
