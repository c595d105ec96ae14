/** Ends what is over (leases, lingers, dead slots, quarantines) in bounded steps beside everything else. */
import type { NativeStore } from '../native.js';
import type { Counters } from './counters.js';

const INTERVAL_MS = 50;
/** Items per step: well under a millisecond's work. */
const BUDGET = 1000;

export class Sweeper {
  readonly #store: NativeStore;
  readonly #counters: Counters;
  readonly #onError: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<() => void>();
  #again: NodeJS.Immediate | undefined;

  constructor(store: NativeStore, counters: Counters, onError: (error: unknown) => void) {
    this.#store = store;
    this.#counters = counters;
    this.#onError = onError;
    this.#timer = setInterval(() => {
      if (this.#again === undefined) this.#step();
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  /** Resolves when extents have left their quarantine: true; or after `ms` without: false. */
  reclaimed(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (result: boolean) => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(result);
      };
      const listener = () => settle(true);
      const timer = setTimeout(() => settle(false), ms);
      this.#listeners.add(listener);
    });
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#again !== undefined) clearImmediate(this.#again);
    for (const listener of [...this.#listeners]) listener();
  }

  #step(): void {
    this.#again = undefined;
    try {
      const swept = this.#store.sweep(BUDGET);
      this.#counters.expiredPins += swept.pins;
      this.#counters.expiredReservations += swept.reservations;
      this.#counters.reclaimedExtents += swept.extents;
      if (swept.more) this.#again = setImmediate(() => this.#step());
      if (swept.extents > 0) for (const listener of [...this.#listeners]) listener();
    } catch (error) {
      this.#onError(error);
    }
  }
}
