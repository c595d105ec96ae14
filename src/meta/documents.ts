/** The keys' sequences, and which of their versions count: those that a lost or open commit wrote don't, nor what was removed. */
import { keyPlace } from './layout.js';
import { REPOSITORY } from './names.js';
import type { MetaParts } from './parts.js';
import { Flag, type Header } from './record.js';
import type { Decision, Repository } from './repository.js';
import { Sequence, type Entry } from './sequence.js';

/** What a key shows. */
export interface Shown {
  /** The newest version that counts. */
  entry: Entry | undefined;
  /** The newest there is. */
  newest: Entry | undefined;
  /** The newest belongs to this repository version, which isn't decided. */
  open: number | undefined;
}

const LOOKS_AT_ONCE = 16;
/** Sequences kept at hand, and bytes of their newest values. */
const SEQUENCES_MAX = 4096;
const KEPT_BYTES_MAX = 64 << 20;

export class Documents {
  readonly #parts: MetaParts;
  readonly #repository: Repository;
  /** The longest unused first. */
  readonly #sequences = new Map<string, Sequence>();
  /** Of all values that they keep. */
  #keptBytes = 0;
  /** What is below a newest version that doesn't count. */
  readonly #below = new WeakMap<Entry, Entry | undefined>();
  readonly #decided = new WeakMap<Header, Decision>();

  constructor(parts: MetaParts, repository: Repository) {
    this.#parts = parts;
    this.#repository = repository;
  }

  sequence(key: string): Sequence {
    if (key === REPOSITORY) return this.#repository.sequence;
    const found = this.#sequences.get(key);
    if (found !== undefined) {
      this.#sequences.delete(key);
      this.#sequences.set(key, found);
      return found;
    }
    const made: Sequence = new Sequence(this.#parts, keyPlace(key), (moreBytes) => {
      if (this.#sequences.get(key) === made) this.#grow(moreBytes);
    });
    this.#sequences.set(key, made);
    this.#makeRoom();
    return made;
  }

  /** What the key shows at some moment between call and answer. */
  async shown(key: string): Promise<Shown> {
    return this.shownOf(key, await this.sequence(key).newest());
  }

  async shownOf(key: string, newest: Entry | undefined): Promise<Shown> {
    if (newest === undefined) return { entry: undefined, newest, open: undefined };
    const decision = await this.decide(newest.header);
    if (decision === 'counts') return { entry: newest, newest, open: undefined };
    const open = decision === 'open' ? newest.header!.repository : undefined;
    return { entry: await this.#underneath(key, newest), newest, open };
  }

  /** Those of the keys that show a version, and which, in their order. Several are looked at together. */
  async *versions(keys: AsyncIterable<string>): AsyncGenerator<[key: string, version: number]> {
    let batch: string[] = [];
    for await (const key of keys) {
      if (batch.push(key) < LOOKS_AT_ONCE) continue;
      yield* await this.#versionsOf(batch);
      batch = [];
    }
    yield* await this.#versionsOf(batch);
  }

  async #versionsOf(keys: readonly string[]): Promise<[string, number][]> {
    const looks = await Promise.all(keys.map(async (key) => ({ key, entry: (await this.shown(key)).entry })));
    return looks.flatMap(({ key, entry }): [string, number][] => (entry === undefined ? [] : [[key, entry.version]]));
  }

  /** Whether a version counts; one whose header can't be read does. */
  async decide(header: Header | undefined): Promise<Decision> {
    if (header === undefined) return 'counts';
    if ((header.flags & (Flag.removed | Flag.fence)) !== 0) return 'void';
    if ((header.flags & Flag.committed) === 0) return 'counts';
    const known = this.#decided.get(header) ?? (await this.#repository.decision(header));
    if (known !== 'open') this.#decided.set(header, known);
    return known;
  }

  /** A version that is there and counts. */
  async load(key: string, version: number): Promise<Entry | undefined> {
    const entry = await this.sequence(key).load(version);
    return entry !== undefined && (await this.decide(entry.header)) === 'counts' ? entry : undefined;
  }

  /** Headers of the versions that count, the newest first; undefined for one that can't be read. */
  async *headers(key: string): AsyncGenerator<{ version: number; header: Header | undefined }> {
    const sequence = this.sequence(key);
    const newest = await sequence.newest();
    for (let version = newest?.version ?? -1; version >= 0; version--) {
      const header = await sequence.loadHeader(version);
      if ((await this.decide(header)) === 'counts') yield { version, header };
    }
  }

  async #underneath(key: string, newest: Entry): Promise<Entry | undefined> {
    if (this.#below.has(newest)) return this.#below.get(newest);
    let found: Entry | undefined;
    for (let version = newest.version - 1; version >= 0 && found === undefined; version--) {
      found = await this.load(key, version);
    }
    this.#below.set(newest, found);
    return found;
  }

  #grow(moreBytes: number): void {
    this.#keptBytes += moreBytes;
    this.#makeRoom();
  }

  /** Forgets those unused for longest; never the last one, which is in use. */
  #makeRoom(): void {
    for (const [key, sequence] of this.#sequences) {
      const fits = this.#sequences.size <= SEQUENCES_MAX && this.#keptBytes <= KEPT_BYTES_MAX;
      if (fits || this.#sequences.size === 1) return;
      this.#keptBytes -= sequence.heapBytes;
      this.#sequences.delete(key);
    }
  }
}
