import { Output } from '../resp/output.js';

/**
 * Lends outputs to connections for a stretch of work each. As stretches rarely nest, one or two outputs serve thousands of connections,
 * and an idle connection holds none.
 */
export class OutputPool {
  readonly #free: Output[] = [];

  borrow(): Output {
    return this.#free.pop() ?? new Output();
  }

  /** The output must have been taken empty. */
  giveBack(output: Output): void {
    this.#free.push(output);
  }
}
