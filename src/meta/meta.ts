/** Versioned documents on a store: linear for each key, and several at once by commits. */
import { setTimeout } from 'node:timers/promises';
import { FabricError } from '../errors.js';
import type { Store } from '../storage/store.js';
import { Check, type CheckReport } from './check.js';
import { Commits, type Committed } from './commits.js';
import { Compaction } from './compaction.js';
import type { Condition } from './conflict.js';
import { valueOf } from './damage.js';
import { checkDocument } from './document-check.js';
import { Documents } from './documents.js';
import { Labels } from './labels.js';
import { LABELS_PLACE, REMOTES_PLACE } from './layout.js';
import { Markers } from './markers.js';
import { checkKeyName, REPOSITORY } from './names.js';
import { newsOf, type News } from './news.js';
import type { Crc32c, MetaParts } from './parts.js';
import { Puts } from './puts.js';
import { Remotes } from './remotes.js';
import { Repository } from './repository.js';
import { Settling } from './settling.js';
import { Transfer } from './transfer.js';
import type { TransferProgress, TransferReport } from './transfer-report.js';
import { Upgrade } from './upgrade.js';
import { versionOf, versionText } from './version.js';
import { WriterIds } from './writer-ids.js';

export interface MetaOptions {
  store: Store;
  repository: string;
  crc32c: Crc32c;
  /** Milliseconds since 1970; only ever shown, and to tell old orphans. */
  now?: () => number;
}

export interface Versioned {
  version: number;
  value: Buffer;
}

/** A line of a key's history; without figures when the version's header is damaged. */
export interface HistoryEntry {
  version: number;
  bytes: number | undefined;
  crc32c: number | undefined;
  writer: string | undefined;
  timeMs: number | undefined;
}

export interface RepositoryVersion {
  version: number;
  message: string;
  keys: ReadonlyMap<string, number>;
}

export interface CommitOptions {
  condition?: number | undefined;
  message?: string | undefined;
}

export class Meta {
  /** Other repositories, by names of their own. */
  readonly remotes: Remotes;
  readonly #parts: MetaParts;
  readonly #repository: Repository;
  readonly #documents: Documents;
  readonly #markers: Markers;
  readonly #puts: Puts;
  readonly #commits: Commits;
  readonly #labels: Labels;

  constructor({ store, repository, crc32c, now = Date.now }: MetaOptions) {
    this.#parts = { store, repository, crc32c, now, pause: (ms) => setTimeout(ms) };
    const writers = new WriterIds();
    this.#repository = new Repository(this.#parts, writers);
    this.#documents = new Documents(this.#parts, this.#repository);
    this.#markers = new Markers(this.#parts);
    const settling = new Settling(this.#parts, this.#repository, this.#documents);
    this.#labels = new Labels(this.#parts, this.#repository, settling, writers);
    this.remotes = new Remotes(this.#parts, settling, writers);
    const parts = { documents: this.#documents, settling, markers: this.#markers, writers };
    this.#puts = new Puts(parts);
    this.#commits = new Commits({ ...parts, repository: this.#repository });
  }

  /** Where the documents are, as people say it. */
  get location(): string {
    return `${this.#parts.store.location}, repository ${this.#parts.repository}`;
  }

  /** Brings the repository to the newest format, in one commit; to be done before anything else. LAYOUT when a newer program has written it. */
  upgrade(): Promise<void> {
    const parts = { commits: this.#commits, documents: this.#documents, repository: this.#repository };
    return new Upgrade(parts).run();
  }

  /** Makes the key's next version and answers it. CONFLICT when the key isn't as the condition has it. */
  async put(key: string, value: Buffer, condition?: Condition): Promise<number> {
    await checkDocument(key, value);
    return this.#puts.put(key, value, condition);
  }

  /** The current version, or that one: 8 hex digits, or a label. Undefined when there is none. */
  async get(key: string, version?: string): Promise<Versioned | undefined> {
    checkKeyName(key);
    const entry = version === undefined ? (await this.#documents.shown(key)).entry : await this.#entryOf(key, version);
    return entry && { version: entry.version, value: valueOf(key, entry) };
  }

  /** The newest `count` versions, the newest first. */
  async history(key: string, count: number): Promise<HistoryEntry[]> {
    checkKeyName(key);
    const entries: HistoryEntry[] = [];
    for await (const { version, header } of this.#documents.headers(key)) {
      if (entries.length === count) break;
      const { bytes, crc32c, writer, timeMs } = header ?? {};
      entries.push({ version, bytes, crc32c, writer, timeMs });
    }
    return entries;
  }

  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const [key] of this.#documents.versions(this.#markers.keys())) keys.push(key);
    return keys;
  }

  /** All of the values become their keys' next versions, or none does. CONFLICT when the repository isn't at the version expected. */
  async commit(values: ReadonlyMap<string, Buffer>, options: CommitOptions = {}): Promise<Committed> {
    for (const [key, value] of values) await checkDocument(key, value);
    return this.#commits.commit({ values, condition: options.condition, message: options.message ?? '' });
  }

  /** The current repository version, or that one: 8 hex digits, or a label. */
  async repository(version?: string): Promise<RepositoryVersion | undefined> {
    if (version === undefined) {
      const { current } = await this.#repository.state();
      return current && { version: current.version, ...this.#repository.parse(current) };
    }
    const number = await this.repositoryVersionOf(version);
    const document = number === undefined ? undefined : await this.#repository.document(number);
    return document && { version: number!, ...document };
  }

  /** Names a repository version, by default the current one; answers which. */
  async label(name: string, version?: string): Promise<number> {
    const number = version === undefined ? undefined : await this.repositoryVersionOf(version);
    if (version !== undefined && number === undefined) throw noLabel(version);
    return this.#labels.set(name, number);
  }

  async labels(): Promise<ReadonlyMap<string, number>> {
    return (await this.#labels.read()).labels;
  }

  /** Removes versions of a key but for the newest `keep` and those that a repository version needs; answers how many. */
  async compact(key: string, keep: number): Promise<number> {
    checkKeyName(key);
    return new Compaction(this.#repository, this.#documents, this.#labels).compact(key, keep);
  }

  /** Reads everything there is; with `clean`, what lost commits left is removed. */
  check(clean: boolean): Promise<CheckReport> {
    const parts = {
      parts: this.#parts,
      repository: this.#repository,
      documents: this.#documents,
      lists: new Map([
        [LABELS_PLACE, this.#labels.sequence],
        [REMOTES_PLACE, this.remotes.sequence],
      ]),
    };
    return new Check(parts, clean).run();
  }

  /** A key's versions since `after`, which are new to whoever saw that; without it, where news begin. */
  news(key: string, after: number | undefined): Promise<News> {
    return newsOf(this.#documents, key, after);
  }

  /** Of whatever may get a version next: `repository`, and keys that have one, or nearly. */
  async *names(): AsyncGenerator<string> {
    yield REPOSITORY;
    yield* this.#markers.keys();
  }

  /** Another repository, in that store. */
  beside(store: Store, repository = this.#parts.repository): Meta {
    const { crc32c, now } = this.#parts;
    return new Meta({ store, repository, crc32c, now });
  }

  /** Brings what that one has beyond this one, which is in the newest format afterwards. LAYOUT when a newer program has written one of them. */
  async bringFrom(other: Meta, onProgress?: (progress: TransferProgress) => void): Promise<TransferReport> {
    const report = await new Transfer(other.#side(), this.#side(), onProgress).run();
    await this.upgrade();
    return report;
  }

  /** Of 8 hex digits, or a label; undefined for a label there isn't. */
  async repositoryVersionOf(text: string): Promise<number | undefined> {
    return versionOf(text) ?? (await this.#labels.read()).labels.get(text);
  }

  close(): Promise<void> {
    return this.#parts.store.close();
  }

  #side() {
    return {
      repository: this.#repository,
      documents: this.#documents,
      markers: this.#markers,
      labels: this.#labels,
    };
  }

  async #entryOf(key: string, text: string) {
    const version = versionOf(text) ?? (await this.#labelled(key, text));
    return version === undefined ? undefined : this.#documents.load(key, version);
  }

  async #labelled(key: string, label: string): Promise<number | undefined> {
    const version = (await this.#labels.read()).labels.get(label);
    if (version === undefined) throw noLabel(label);
    return key === REPOSITORY ? version : (await this.#repository.document(version))?.keys.get(key);
  }
}

const noLabel = (label: string) =>
  new FabricError(
    'NOTFOUND',
    `there is no label ${label}; a version is written in 8 hex digits, such as ${versionText(0)}`,
  );
