import { randomBytes } from 'node:crypto';

/** Ids of attempts to write: the process in 8 bytes, drawn by lot, and a counter. By its id a writer knows its own record when the reply was lost. */
export class WriterIds {
  readonly #process = randomBytes(8).toString('hex');
  #last = 0;

  next(): string {
    return this.#process + (++this.#last).toString(16).padStart(16, '0');
  }
}
