/** A coordinator's time in office: whatever it changes, it changes before its deadline. */
import { FabricError } from '../errors.js';

export class Tenure {
  readonly term: number;
  readonly #deadline: () => number;
  readonly #now: () => number;
  /** Of those who wait for an answer. */
  readonly #refuse = new Set<(why: FabricError) => void>();
  #ended = false;

  constructor(term: number, deadline: () => number, now: () => number) {
    this.term = term;
    this.#deadline = deadline;
    this.#now = now;
  }

  require(): void {
    if (!this.#ended && this.#now() < this.#deadline()) return;
    throw this.#isOver();
  }

  /** As the work ends, or FENCED at the end of the time in office: whoever waits here for others has to ask the next one. */
  during<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#refuse.add(reject);
      work.then(resolve, reject).finally(() => this.#refuse.delete(reject));
    });
  }

  end(): void {
    this.#ended = true;
    for (const refuse of this.#refuse) refuse(this.#isOver());
  }

  #isOver(): FabricError {
    const text = `the coordinator of term ${this.term} has lost its lease: another will be there soon`;
    return new FabricError('FENCED', text);
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
