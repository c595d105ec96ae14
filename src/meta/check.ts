/** Looks at every object of a repository (META.FSCK), and cleans up what lost commits left. */
import type { Documents } from './documents.js';
import { standingAside } from './format-check.js';
import { keyPlace, MARKERS, versionObject } from './layout.js';
import { REPOSITORY } from './names.js';
import type { MetaParts } from './parts.js';
import { Flag } from './record.js';
import type { Repository } from './repository.js';
import type { Sequence } from './sequence.js';
import { versionText } from './version.js';

/**
 * A commit that is open for so long, by the clock of its writer, is ended when it is cleaned up. Its writer would then begin anew, were it still at
 * work; a younger one is left alone.
 */
export const ORPHAN_MS_MIN = 3_600_000;

export interface Finding {
  /** A key, `labels`, `remotes`, or an object's own key. */
  key: string;
  version: string | undefined;
  what: string;
}

export interface CheckReport {
  keys: number;
  /** That are there with their values. */
  versions: number;
  /** Of all objects. */
  bytes: number;
  damaged: Finding[];
  /** What belongs to no document: versions of lost and open commits, and objects which are none of a repository's. */
  orphans: Finding[];
  /** Orphans that were removed. */
  cleaned: number;
}

export interface CheckParts {
  parts: MetaParts;
  repository: Repository;
  documents: Documents;
  /** Lists of the repository's own, by their places. */
  lists: ReadonlyMap<string, Sequence>;
}

export class Check {
  readonly #parts: CheckParts;
  readonly #clean: boolean;
  readonly #report: CheckReport = { keys: 0, versions: 0, bytes: 0, damaged: [], orphans: [], cleaned: 0 };
  /** The place whose versions are being listed, and the version that is next. */
  #place = '';
  #next = 0;

  constructor(parts: CheckParts, clean: boolean) {
    this.#parts = parts;
    this.#clean = clean;
  }

  async run(): Promise<CheckReport> {
    const { store, repository } = this.#parts.parts;
    for await (const { key, bytes } of store.list(`${repository}/`)) {
      this.#report.bytes += bytes;
      await this.#look(key.slice(repository.length + 1));
    }
    return this.#report;
  }

  async #look(object: string): Promise<void> {
    const found = versionObject(object);
    if (found === undefined) {
      if (!object.startsWith(MARKERS))
        this.#orphan(object, undefined, 'no object of a repository: it is left as it is');
      return;
    }
    const version = Number.parseInt(found.version, 16);
    this.#follow(found.place, version);
    const key = found.key ?? found.place;
    const list = this.#parts.lists.get(found.place);
    await this.#lookAt(key, list ?? this.#parts.documents.sequence(key), version);
  }

  /** Versions follow one upon the other. */
  #follow(place: string, version: number): void {
    if (place !== this.#place) {
      this.#place = place;
      this.#next = 0;
      if (!this.#parts.lists.has(place) && place !== keyPlace(REPOSITORY)) this.#report.keys++;
    }
    const key = place.slice(place.indexOf('/') + 1);
    if (version > this.#next) {
      const count = version - this.#next;
      this.#damaged(key, this.#next, count === 1 ? 'it is missing' : `it is missing, with ${count - 1} behind it`);
    }
    this.#next = version + 1;
  }

  async #lookAt(key: string, sequence: Sequence, version: number): Promise<void> {
    const entry = await sequence.load(version);
    if (entry === undefined) return;
    if (entry.damage !== undefined) this.#damaged(key, version, entry.damage);
    const { header } = entry;
    if (header === undefined || (header.flags & (Flag.removed | Flag.fence)) !== 0) return;
    let decision = await this.#parts.documents.decide(header);
    const age = this.#parts.parts.now() - header.timeMs;
    if (decision === 'open' && this.#clean && age >= ORPHAN_MS_MIN) {
      await this.#parts.repository.fenceOff(header.repository);
      decision = await this.#parts.documents.decide(header);
    }
    if (decision === 'counts') {
      if (entry.damage === undefined) {
        this.#report.versions++;
        const standing = await standingAside(key, entry.value);
        if (standing?.is === 'malformed') this.#damaged(key, version, `it is no ${key}: ${standing.why}`);
      }
      return;
    }
    this.#orphan(
      key,
      version,
      decision === 'void' ? 'part of a commit that lost' : `part of a commit that is open for ${age} ms`,
    );
    if (decision === 'open' || !this.#clean) return;
    await sequence.remove(header);
    this.#report.cleaned++;
  }

  #damaged(key: string, version: number, what: string): void {
    this.#report.damaged.push({ key, version: versionText(version), what });
  }

  #orphan(key: string, version: number | undefined, what: string): void {
    this.#report.orphans.push({ key, version: version === undefined ? undefined : versionText(version), what });
  }
}
