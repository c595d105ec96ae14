/**
 * What the unfinished requests of all clients may take together. Each has a limit of its own, but many of them would fill the heap, and
 * a full heap ends the process. When it is used up, whoever holds most of it has to go, so that small requests of others go through.
 */
import type { Holdings } from '../resp/holdings.js';

export class InputBudget {
  readonly #bytesMax: () => number;
  readonly #shares = new Set<InputShare>();
  #bytes = 0;

  constructor(bytesMax: () => number) {
    this.#bytesMax = bytesMax;
  }

  /** A connection's. `evict` ends its request, and releases the share with it. */
  share(evict: () => void): InputShare {
    return new InputShare(this, evict);
  }

  /** False when `share`, which has grown, is to go itself. */
  grown(share: InputShare, bytes: number): boolean {
    this.#shares.add(share);
    this.#bytes += bytes;
    while (this.#bytes > this.#bytesMax()) {
      const largest = this.#largest();
      if (largest === share) return false;
      largest.evict();
    }
    return true;
  }

  released(share: InputShare, bytes: number): void {
    this.#shares.delete(share);
    this.#bytes -= bytes;
  }

  #largest(): InputShare {
    return [...this.#shares].reduce((largest, share) => (share.bytes > largest.bytes ? share : largest));
  }
}

export class InputShare implements Holdings {
  readonly evict: () => void;
  readonly #budget: InputBudget;
  #bytes = 0;

  constructor(budget: InputBudget, evict: () => void) {
    this.#budget = budget;
    this.evict = () => {
      evict();
      this.release();
    };
  }

  get bytes(): number {
    return this.#bytes;
  }

  hold(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#budget.grown(this, bytes);
  }

  release(): void {
    if (this.#bytes === 0) return;
    this.#budget.released(this, this.#bytes);
    this.#bytes = 0;
  }
}
