/** A coordinator's time in office: whatever it changes, it changes before its deadline. */
import { FabricError } from '../errors.js';

export class Tenure {
  readonly term: number;
  readonly #deadline: () => number;
  readonly #now: () => number;

  constructor(term: number, deadline: () => number, now: () => number) {
    this.term = term;
    this.#deadline = deadline;
    this.#now = now;
  }

  require(): void {
    if (this.#now() < this.#deadline()) return;
    throw new FabricError(
      'FENCED',
      `the coordinator of term ${this.term} has lost its lease: another will be there soon`,
    );
  }

  /** Whoever asks means the coordinator of that term. */
  requireTerm(term: number): void {
    this.require();
    if (term === this.term) return;
    throw new FabricError(
      'FENCED',
      `the coordinator of term ${term} is no more: this is term ${this.term}, join again`,
    );
  }
}
