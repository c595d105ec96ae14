/** Loads the version behind the one that is asked for meanwhile. */
import type { Entry, Sequence } from './sequence.js';

export class ReadAhead {
  readonly #sequence: Sequence;
  readonly #last: number;
  #coming: { version: number; entry: Promise<Entry | undefined> } | undefined;

  constructor(sequence: Sequence, last: number) {
    this.#sequence = sequence;
    this.#last = last;
  }

  async load(version: number): Promise<Entry | undefined> {
    const found = await (this.#coming?.version === version ? this.#coming.entry : this.#sequence.load(version));
    this.#coming = undefined;
    if (version < this.#last) {
      const entry = this.#sequence.load(version + 1);
      // Whoever asks for it hears of it; nobody may.
      entry.catch(() => undefined);
      this.#coming = { version: version + 1, entry };
    }
    return found;
  }
}
