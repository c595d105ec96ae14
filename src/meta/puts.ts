/** Makes versions of one key. */
import { checkCondition, type Condition } from './conflict.js';
import type { Documents } from './documents.js';
import type { Markers } from './markers.js';
import type { Settling } from './settling.js';
import { nextVersion } from './version.js';
import type { WriterIds } from './writer-ids.js';

export interface PutParts {
  documents: Documents;
  settling: Settling;
  markers: Markers;
  writers: WriterIds;
}

export class Puts {
  readonly #parts: PutParts;

  constructor(parts: PutParts) {
    this.#parts = parts;
  }

  /** Makes the next version and answers it. CONFLICT when the key isn't as the condition has it. */
  async put(key: string, value: Buffer, condition: Condition | undefined): Promise<number> {
    const { documents, settling, markers, writers } = this.#parts;
    const sequence = documents.sequence(key);
    const writer = writers.next();
    let first = true;
    return settling.untilWon(key, async () => {
      // What was seen last is most often the newest; if it isn't, the store says so.
      const guess = first && sequence.seen !== undefined ? await documents.shownOf(key, sequence.seen) : undefined;
      first = false;
      const promising = guess !== undefined && guess.open === undefined && fits(condition, guess.entry?.version);
      const { entry, newest } = promising ? guess : await settling.settled(key);
      checkCondition(key, condition, entry?.version);
      const version = nextVersion(newest?.version, key);
      if (newest === undefined) await markers.make(key);
      return (await sequence.append(version, { flags: 0, writer, repository: 0 }, value)) ? version : undefined;
    });
  }
}

function fits(condition: Condition | undefined, version: number | undefined): boolean {
  return condition === undefined || condition === (version ?? 'none');
}
