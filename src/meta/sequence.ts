/**
 * Versions of one thing, one after the other: each is an object made by create-if-absent, so of several writers of a version one wins. No object
 * is ever taken away (a removed version leaves its header), so when a version isn't there, none behind it is: which is the newest is told by
 * looking behind the newest known one, however many there are and whoever else writes.
 */
import { FabricError } from '../errors.js';
import type { Creation } from '../storage/store.js';
import { within } from '../util/time-limit.js';
import { damaged } from './damage.js';
import type { MetaParts } from './parts.js';
import { decodeHeader, decodeRecord, encodeRecord, Flag, HEADER_BYTES, type Header, type Stored } from './record.js';
import { newestVersion } from './newest-version.js';
import { VERSION_MAX, versionText } from './version.js';

/** A version as it was read. */
export type Entry = Stored & { version: number };

/** What a writer says of its record; of a copy also when it was first written. */
export type Draft = Pick<Header, 'flags' | 'writer' | 'repository'> & Partial<Pick<Header, 'timeMs'>>;

/** A write that takes longer no longer keeps the next one waiting; the store decides between them. */
const WAIT_MS_MAX = 1000;
const giveUpWaiting = () => new Error('no longer waited for');
const ignore = () => undefined;

export class Sequence {
  readonly #parts: MetaParts;
  /** Where it is in the repository; its records name it, and remain right where a repository is copied. */
  readonly #place: string;
  /** The newest that was seen; there may be newer ones by now. */
  #seen: Entry | undefined;
  /** A look that hasn't begun: whoever asks until then shares it. */
  #coming: Promise<Entry | undefined> | undefined;
  #running: Promise<unknown> = Promise.resolve();
  /** The last of the writes on their way: those of one process go one after the other, or else all but one would write in vain. Never rejects. */
  #writing: Promise<void> | undefined;

  readonly #onKept: (moreBytes: number) => void;

  /** `onKept` is told whenever the value that is kept is another. */
  constructor(parts: MetaParts, place: string, onKept: (moreBytes: number) => void = ignore) {
    this.#parts = parts;
    this.#place = place;
    this.#onKept = onKept;
  }

  /** The newest seen so far, without looking. */
  get seen(): Entry | undefined {
    return this.#seen;
  }

  objectKey(version: number): string {
    return `${this.#parts.repository}/${this.#place}/${versionText(version)}/value`;
  }

  /** The newest at some moment between call and answer. */
  newest(): Promise<Entry | undefined> {
    if (this.#coming === undefined) {
      const begin = () => {
        this.#coming = undefined;
        return this.#look();
      };
      this.#coming = this.#running.then(begin, begin);
      this.#running = this.#coming;
    }
    return this.#coming;
  }

  async load(version: number): Promise<Entry | undefined> {
    const bytes = await this.#parts.store.get(this.objectKey(version));
    return bytes && this.#decode(version, bytes);
  }

  /** Without its value, as far as that is there. */
  async loadHeader(version: number): Promise<Header | undefined> {
    const range = { offset: 0, length: HEADER_BYTES };
    try {
      const bytes = await this.#parts.store.get(this.objectKey(version), range);
      const header = bytes && decodeHeader(bytes, version, this.#place, this.#parts.crc32c);
      return typeof header === 'string' ? undefined : header;
    } catch {
      // Shorter than a header, or the store failed: reading all of it tells.
      return (await this.load(version))?.header;
    }
  }

  /** Whether this draft became that version. Throws when that can't be told; then it may still become it. */
  append(version: number, draft: Draft, value: Buffer): Promise<boolean> {
    const run = () => this.#append(version, draft, value);
    const turn = this.#writing === undefined ? run() : within(this.#writing, WAIT_MS_MAX, giveUpWaiting).then(run, run);
    const done = turn.then(ignore, ignore).then(() => {
      if (this.#writing === done) this.#writing = undefined;
    });
    this.#writing = done;
    return turn;
  }

  async #append(version: number, draft: Draft, value: Buffer): Promise<boolean> {
    if (this.#seen !== undefined && this.#seen.version >= version) return this.#isOf(draft.writer, version);
    const record = this.#encode({ timeMs: this.#parts.now(), ...draft, version }, value);
    let end: Creation;
    try {
      end = await this.#parts.store.create(this.objectKey(version), record);
    } catch (error) {
      // What the store failed at may have been the reply.
      const found = await this.load(version).catch(() => undefined);
      if (found?.header?.writer !== draft.writer) throw error;
      end = 'created';
    }
    if (end === 'created') {
      this.#see(this.#decode(version, record));
      return true;
    }
    // Once more: the same bytes under the same key do no harm, and what is there by now is told, or made durable.
    if (end === 'unknown') await this.#parts.store.create(this.objectKey(version), record).catch(() => undefined);
    const found = await this.load(version).catch((error: unknown) => this.#unknown(version, error));
    if (found === undefined) return this.#unknown(version, undefined);
    this.#see(found);
    return found.header?.writer === draft.writer;
  }

  /** Who made a version that is there: a copy may have been brought by somebody else meanwhile. */
  async #isOf(writer: string, version: number): Promise<boolean> {
    const header = this.#seen?.version === version ? this.#seen.header : await this.loadHeader(version);
    return header?.writer === writer;
  }

  /** Takes the value away and leaves the header, so that the version stays taken. */
  async remove(header: Header): Promise<void> {
    const { version, writer, timeMs, repository } = header;
    const flags = header.flags | Flag.removed;
    const record = this.#encode({ version, writer, timeMs, repository, flags }, Buffer.alloc(0));
    await this.#parts.store.put(this.objectKey(version), record);
    if (this.#seen?.version === version) this.#keep(this.#decode(version, record));
  }

  #unknown(version: number, error: unknown): never {
    const why = error === undefined ? '' : ` (${(error as Error).message})`;
    throw new FabricError(
      'ERR',
      `unknown whether version ${versionText(version)} was stored: the store gave no answer${why}. Read the key before you try again`,
    );
  }

  async #look(): Promise<Entry | undefined> {
    const seen = this.#seen;
    const there = (version: number) => this.#parts.store.has(this.objectKey(version));
    // Mostly nothing is new, and the next version isn't there.
    if (seen !== undefined && (seen.version === VERSION_MAX || !(await there(seen.version + 1))))
      return this.#fresh(seen);
    const newest = await newestVersion(seen === undefined ? undefined : seen.version + 1, there);
    if (newest === undefined) return this.#fresh(undefined);
    const entry = await this.load(newest);
    if (entry === undefined) throw damaged(this.#place, newest, 'it was there, and is gone');
    this.#see(entry);
    return this.#fresh(entry);
  }

  /** Looks and writes overlap: what is known only grows. */
  #see(entry: Entry): void {
    if (this.#seen === undefined || entry.version >= this.#seen.version) this.#keep(entry);
  }

  #keep(entry: Entry): void {
    const before = this.heapBytes;
    this.#seen = entry;
    this.#onKept(this.heapBytes - before);
  }

  #fresh(found: Entry | undefined): Entry | undefined {
    return this.#seen !== undefined && this.#seen.version > (found?.version ?? -1) ? this.#seen : found;
  }

  #encode(header: Omit<Header, 'bytes' | 'crc32c'>, value: Buffer): Buffer {
    return encodeRecord(header, value, this.#place, this.#parts.crc32c);
  }

  #decode(version: number, bytes: Buffer): Entry {
    return { ...decodeRecord(bytes, version, this.#place, this.#parts.crc32c), version };
  }

  /** For what holds many sequences. */
  get heapBytes(): number {
    return this.#seen?.value?.length ?? 0;
  }
}
