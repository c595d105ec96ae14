/** The sequence of repository versions, which decides which commits count. */
import { damaged, newerFormat, valueOf } from './damage.js';
import { keyPlace } from './layout.js';
import { REPOSITORY } from './names.js';
import type { MetaParts } from './parts.js';
import { Flag, NO_REPOSITORY, type Header } from './record.js';
import {
  readRepository,
  REPOSITORY_FORMAT,
  repositoryFormat,
  writeRepository,
  type RepositoryDocument,
} from './repository-text.js';
import { Sequence, type Entry } from './sequence.js';
import { nextVersion } from './version.js';
import type { WriterIds } from './writer-ids.js';

/** What is known of a version that is part of a commit. */
export type Decision = 'counts' | 'void' | 'open';

export interface RepositoryState {
  /** The newest of the sequence, fences included. */
  newest: Entry | undefined;
  /** The newest that commits something. */
  current: Entry | undefined;
}

/** Writers of repository versions by number; they never change. */
const DECIDED_MAX = 100_000;

export class Repository {
  readonly sequence: Sequence;
  readonly #writers: WriterIds;
  readonly #decided = new Map<number, string>();

  constructor(parts: MetaParts, writers: WriterIds) {
    this.#writers = writers;
    this.sequence = new Sequence(parts, keyPlace(REPOSITORY));
  }

  /** Whether a version counts that a commit wrote which is, or was to be, that repository version. */
  async decision({ repository, writer }: Header): Promise<Decision> {
    const known = this.#decided.get(repository) ?? (await this.#writerOf(repository));
    if (known === undefined) return 'open';
    return known === writer ? 'counts' : 'void';
  }

  async state(): Promise<RepositoryState> {
    const newest = await this.sequence.newest();
    if (newest?.header === undefined || (newest.header.flags & Flag.fence) === 0) return { newest, current: newest };
    const { repository } = newest.header;
    return { newest, current: repository === NO_REPOSITORY ? undefined : await this.sequence.load(repository) };
  }

  /** The newest version, or -1. LAYOUT when it is of a format that only newer programs know. */
  async newestKnown(): Promise<number> {
    const { newest, current } = await this.state();
    this.refuseNewer(current);
    return newest?.version ?? -1;
  }

  /** Undefined for one that isn't there or commits nothing. */
  async document(version: number): Promise<RepositoryDocument | undefined> {
    const entry = await this.sequence.load(version);
    if (entry?.header !== undefined && (entry.header.flags & (Flag.fence | Flag.removed)) !== 0) return undefined;
    return entry && this.parse(entry);
  }

  parse(entry: Entry): RepositoryDocument {
    this.refuseNewer(entry);
    const document = readRepository(valueOf(REPOSITORY, entry));
    if (document === undefined) throw damaged(REPOSITORY, entry.version, 'it is no list of keys');
    return document;
  }

  /** The format a repository version states; undefined when it can't be read. */
  formatOf({ value }: Entry): number | undefined {
    return value && repositoryFormat(value);
  }

  /** LAYOUT when a newer program has written it: this one would take its documents for damaged, or write some in an older format. */
  refuseNewer(current: Entry | undefined): void {
    const format = current && this.formatOf(current);
    if (format !== undefined && format > REPOSITORY_FORMAT) throw newerFormat(REPOSITORY, format, REPOSITORY_FORMAT);
  }

  /** Takes the number of a commit which is open, so that it can't count any more; whoever has the number afterwards, it is decided. */
  async fenceOff(version: number): Promise<void> {
    const state = await this.state();
    if ((state.newest?.version ?? -1) + 1 === version) await this.#fence(state);
  }

  /** Ends all commits on their way: they have to begin anew, and see what there is now. */
  async fenceAll(): Promise<void> {
    while (!(await this.#fence(await this.state()))) continue;
  }

  async #fence({ newest, current }: RepositoryState): Promise<boolean> {
    const version = nextVersion(newest?.version, REPOSITORY);
    const draft = { flags: Flag.fence, writer: this.#writers.next(), repository: current?.version ?? NO_REPOSITORY };
    return this.sequence.append(version, draft, writeRepository({ message: '', keys: new Map() }));
  }

  async #writerOf(version: number): Promise<string | undefined> {
    const entry = await this.sequence.load(version);
    if (entry === undefined) return undefined;
    if (entry.header === undefined) throw damaged(REPOSITORY, version, entry.damage ?? 'its header cannot be read');
    if (this.#decided.size >= DECIDED_MAX) this.#decided.clear();
    this.#decided.set(version, entry.header.writer);
    return entry.header.writer;
  }
}
