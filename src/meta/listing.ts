/** A list of a repository's own, such as that of the labels: one text, itself versioned, so that those who change it see each other. */
import { damaged, valueOf } from './damage.js';
import type { MetaParts } from './parts.js';
import { Sequence, type Entry } from './sequence.js';
import type { Settling } from './settling.js';
import { nextVersion } from './version.js';
import type { WriterIds } from './writer-ids.js';

export interface ListingFormat<T> {
  /** Its place in the repository. */
  place: string;
  /** As people say it: `the labels`. */
  title: string;
  none: T;
  write: (document: T) => Buffer;
  /** Undefined when it isn't such a text. */
  read: (text: Buffer) => T | undefined;
}

export class Listing<T> {
  readonly sequence: Sequence;
  readonly #format: ListingFormat<T>;
  readonly #settling: Settling;
  readonly #writers: WriterIds;

  constructor(parts: MetaParts, format: ListingFormat<T>, settling: Settling, writers: WriterIds) {
    this.sequence = new Sequence(parts, format.place);
    this.#format = format;
    this.#settling = settling;
    this.#writers = writers;
  }

  async read(): Promise<T> {
    return this.#parse(await this.sequence.newest());
  }

  /** What it was, the newest first. */
  async *history(): AsyncGenerator<T> {
    const newest = await this.sequence.newest();
    for (let version = newest?.version ?? -1; version >= 0; version--) {
      yield this.#parse(await this.sequence.load(version));
    }
  }

  /** Makes a new version of what `make` makes of the current one, which may be read several times while others are faster. */
  async change<R>(make: (before: T) => Promise<{ document: T; result: R }>): Promise<R> {
    const { title, write } = this.#format;
    const changed = await this.#settling.untilWon(title, async () => {
      const newest = await this.sequence.newest();
      const version = nextVersion(newest?.version, title);
      const { document, result } = await make(this.#parse(newest));
      const draft = { flags: 0, writer: this.#writers.next(), repository: 0 };
      return (await this.sequence.append(version, draft, write(document))) ? { result } : undefined;
    });
    return changed.result;
  }

  #parse(newest: Entry | undefined): T {
    const { title, none, read } = this.#format;
    if (newest === undefined) return none;
    const document = read(valueOf(title, newest));
    if (document === undefined) throw damaged(title, newest.version, 'it is no such list');
    return document;
  }
}
