/**
 * Brings what one repository has beyond another into that. Records are copied as they are, writer, time and commit included, so that both sides tell
 * copies of one version from versions of their own.
 *
 * Whatever ends it, nothing is half there: a version that is part of repository version N is copied when all repository versions before N
 * are there, nothing is put upon it before N is there too, and N comes when all that it decides has come. So what is there is always
 * a state that a commit on its way leaves, and whoever begins again goes on from it.
 */
import { Breather } from '../util/breather.js';
import { together } from '../util/together.js';
import type { Documents } from './documents.js';
import { unfitness } from './format-check.js';
import type { Labels } from './labels.js';
import { bringLabels } from './transfer-labels.js';
import { committedIn, divergence } from './lineage.js';
import type { Markers } from './markers.js';
import { REPOSITORY } from './names.js';
import { ReadAhead } from './read-ahead.js';
import { Flag } from './record.js';
import type { Repository } from './repository.js';
import type { Entry, Sequence } from './sequence.js';
import type { TransferConflict, TransferProgress, TransferReport } from './transfer-report.js';
import { versionText } from './version.js';

/** One of the two repositories. */
export interface Side {
  repository: Repository;
  documents: Documents;
  markers: Markers;
  labels: Labels;
}

/** A key that has versions to bring. */
interface Cursor {
  key: string;
  /** The version to bring next, and the newest there was. */
  next: number;
  newest: number;
  /** The repository version it waits for, and that is not there yet. */
  commit: number;
}

/** Keys that are worked at together: as many values are in memory, and as many more on their way in. */
const KEYS_AT_ONCE = 8;
const MISSING = 'it is missing';
const TAKEN = 'both sides have a version of their own';

export class Transfer {
  readonly #from: Side;
  readonly #to: Side;
  readonly #onProgress: (progress: TransferProgress) => void;
  readonly #report: TransferReport = {
    keys: 0,
    versions: 0,
    bytes: 0,
    repository: undefined,
    labels: 0,
    conflicts: [],
  };
  readonly #breather = new Breather();
  /** Keys that wait for their turn, by the repository version with which it comes. */
  readonly #waiting = new Map<number, Cursor[]>();
  /** First version that differs, of keys that diverged. */
  readonly #diverged = new Map<string, number>();
  /** The first repository version that the other side doesn't have; the one whose versions are being brought; and the last to bring. */
  #next = 0;
  #staging: number | undefined;
  #last = -1;
  /** Why it is the last, when there are more. */
  #barrier: string | undefined;

  constructor(from: Side, to: Side, onProgress: (progress: TransferProgress) => void = () => undefined) {
    this.#from = from;
    this.#to = to;
    this.#onProgress = onProgress;
  }

  async run(): Promise<TransferReport> {
    // In this order: labels name no repository version that is beyond the newest, and that names no key which isn't listed.
    const { labels } = await this.#from.labels.read();
    const newest = await this.#from.repository.newestKnown();
    await this.#compareRepositories(newest);
    await this.#eachKey((key) => this.#begin(key));
    while (this.#next <= this.#last) await this.#bringCommit(this.#next);
    await together(this.#take(this.#next), KEYS_AT_ONCE, (cursor) => this.#advance(cursor));
    this.#reportLeft(newest);
    this.#report.repository = this.#next === 0 ? undefined : this.#next - 1;
    await bringLabels(labels, { from: this.#from, to: this.#to, brought: this.#next, report: this.#report });
    return this.#report;
  }

  async #compareRepositories(newest: number): Promise<void> {
    const [from, to] = [this.#from.repository.sequence, this.#to.repository.sequence];
    const own = await this.#to.repository.newestKnown();
    const diverged = await divergence(from, to, Math.min(newest, own));
    if (diverged === undefined) {
      [this.#next, this.#last] = [own + 1, newest];
      return;
    }
    [this.#next, this.#last] = [diverged.first, diverged.first - 1];
    this.#barrier = diverged.what;
    this.#conflict({ key: REPOSITORY, from: newest, to: own, ...diverged });
  }

  async #begin(key: string): Promise<void> {
    await this.#breather.step();
    const [from, to] = [this.#from.documents.sequence(key), this.#to.documents.sequence(key)];
    const [theirs, own] = await Promise.all([from.newest(), to.newest()]);
    this.#report.keys++;
    if (theirs === undefined) return;
    const last = Math.min(theirs.version, own?.version ?? -1);
    const diverged = await divergence(from, to, last);
    if (diverged !== undefined) {
      this.#leave({ key, from: theirs.version, to: own?.version, ...diverged });
      return;
    }
    const unfit = last < theirs.version ? await unfitnessOf(key, theirs) : undefined;
    if (unfit !== undefined) {
      this.#leave({ key, from: theirs.version, to: own?.version, first: last + 1, what: unfit });
      return;
    }
    // It may be that an earlier transfer ended before the repository version came that decides it.
    const commit = last < 0 ? -1 : committedIn(await to.loadHeader(last));
    const cursor = { key, next: last + 1, newest: theirs.version, commit };
    if (commit >= this.#next) this.#wait(cursor, commit + 1);
    else if (cursor.next <= cursor.newest) await this.#advance(cursor);
  }

  async #bringCommit(version: number): Promise<void> {
    const entry = await this.#from.repository.sequence.load(version);
    if (this.#obstacle(entry) === undefined) {
      this.#staging = version;
      await together(this.#take(version), KEYS_AT_ONCE, (cursor) => this.#advance(cursor));
      this.#staging = undefined;
    }
    // Once more: keys may have been found to diverge. All that it decides is there now, and with it counts.
    const what =
      this.#obstacle(entry) ?? ((await this.#copy(this.#to.repository.sequence, entry!)) ? undefined : TAKEN);
    if (what === undefined) {
      this.#next = version + 1;
      return;
    }
    const [from, to] = [this.#from, this.#to].map(({ repository }) => repository.sequence.seen?.version);
    this.#conflict({ key: REPOSITORY, from, to, first: version, what });
    this.#barrier = what;
    this.#last = version - 1;
  }

  /** What keeps a repository version from being brought: it must not name a version of a key that diverged. */
  #obstacle(entry: Entry | undefined): string | undefined {
    if (entry === undefined) return MISSING;
    if (entry.damage !== undefined) return `it is damaged: ${entry.damage}`;
    if (this.#diverged.size === 0 || (entry.header.flags & Flag.fence) !== 0) return undefined;
    if ((entry.header.flags & Flag.removed) !== 0) return 'it is compacted, and may be of keys that diverged';
    for (const [key, named] of this.#from.repository.parse(entry).keys) {
      const first = this.#diverged.get(key);
      if (first !== undefined && first <= named)
        return `it names version ${versionText(named)} of ${key}, which diverged`;
    }
    return undefined;
  }

  /** Brings the key's versions as far as they may be brought by now. */
  async #advance(cursor: Cursor): Promise<void> {
    const { key, newest } = cursor;
    const to = this.#to.documents.sequence(key);
    const ahead = new ReadAhead(this.#from.documents.sequence(key), newest);
    for (; cursor.next <= newest; cursor.next++) {
      const entry = await ahead.load(cursor.next);
      const damage = entry === undefined ? MISSING : entry.damage;
      if (entry === undefined || damage !== undefined) {
        this.#leave({ key, from: newest, to: to.seen?.version, first: cursor.next, what: damage ?? MISSING });
        return;
      }
      const commit = committedIn(entry.header);
      if (commit >= this.#next && commit !== this.#staging) {
        this.#wait({ ...cursor, commit }, commit);
        return;
      }
      if (cursor.next === 0) await this.#to.markers.make(key);
      if (!(await this.#copy(to, entry))) {
        this.#leave({ key, from: newest, to: to.seen?.version, first: cursor.next, what: TAKEN });
        return;
      }
      if (commit >= this.#next) {
        this.#wait({ ...cursor, next: cursor.next + 1, commit }, commit + 1);
        return;
      }
    }
  }

  async #copy(to: Sequence, { version, header, value }: Entry): Promise<boolean> {
    const { flags, writer, repository, timeMs } = header!;
    const made = await to.append(version, { flags, writer, repository, timeMs }, value ?? Buffer.alloc(0));
    if (!made) return false;
    await this.#breather.step();
    this.#report.versions++;
    this.#report.bytes += value?.length ?? 0;
    this.#onProgress(this.#report);
    return true;
  }

  #wait(cursor: Cursor, version: number): void {
    const waiting = this.#waiting.get(version);
    if (waiting === undefined) this.#waiting.set(version, [cursor]);
    else waiting.push(cursor);
  }

  #take(version: number): Cursor[] {
    const cursors = this.#waiting.get(version) ?? [];
    this.#waiting.delete(version);
    return cursors;
  }

  /** Keys whose turn didn't come, because a repository version can't be brought. Those of a commit on its way come another time. */
  #reportLeft(newest: number): void {
    if (this.#barrier === undefined) return;
    const what = `it waits for a repository version that was not brought: ${this.#barrier}`;
    for (const { key, next, newest: theirs, commit } of [...this.#waiting.values()].flat()) {
      if (commit > newest) continue;
      const to = this.#to.documents.sequence(key).seen?.version;
      this.#conflict({ key, from: theirs, to, first: Math.min(next, theirs), what });
    }
  }

  /** A key that diverged. */
  #leave(conflict: TransferConflict): void {
    this.#diverged.set(conflict.key, conflict.first);
    this.#conflict(conflict);
  }

  #conflict(conflict: TransferConflict): void {
    this.#report.conflicts.push(conflict);
  }

  async #eachKey(work: (key: string) => Promise<void>): Promise<void> {
    let batch: string[] = [];
    for await (const key of this.#from.markers.keys()) {
      if (batch.push(key) < KEYS_AT_ONCE) continue;
      await together(batch, KEYS_AT_ONCE, work);
      batch = [];
      this.#onProgress(this.#report);
    }
    await together(batch, KEYS_AT_ONCE, work);
  }
}

/** Of a reserved key the newest version must be a document of it; what was before is history, and may be of any format. Damage is told when it is come to. */
async function unfitnessOf(key: string, { version, header, value }: Entry): Promise<string | undefined> {
  if (value === undefined || (header.flags & Flag.removed) !== 0) return undefined;
  const why = await unfitness(key, value);
  return why && `of version ${versionText(version)}: ${why}`;
}
