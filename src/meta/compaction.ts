/** Takes values away that nobody needs any more; their headers stay, so that no version is made twice. */
import type { Documents } from './documents.js';
import type { Labels } from './labels.js';
import { REPOSITORY } from './names.js';
import type { Header } from './record.js';
import type { Repository } from './repository.js';

export class Compaction {
  readonly #repository: Repository;
  readonly #documents: Documents;
  readonly #labels: Labels;

  constructor(repository: Repository, documents: Documents, labels: Labels) {
    this.#repository = repository;
    this.#documents = documents;
    this.#labels = labels;
  }

  /** Removes all but the newest `keep` versions of a key, and those a repository version names; answers how many it removed. */
  async compact(key: string, keep: number): Promise<number> {
    const old = await this.#behind(key, keep);
    if (old.length === 0) return 0;
    const needed = await (key === REPOSITORY ? this.#labelled(old) : this.#named(key));
    const removable = old.filter(({ version }) => !needed.has(version));
    // The oldest first: a crash in between leaves what a shorter compaction would.
    for (const header of removable.reverse()) await this.#documents.sequence(key).remove(header);
    return removable.length;
  }

  /** Headers of the versions behind the newest `keep`. What is damaged is left as it is: somebody may still want to look at it. */
  async #behind(key: string, keep: number): Promise<Header[]> {
    const found: Header[] = [];
    let passed = 0;
    for await (const { header } of this.#documents.headers(key)) {
      if (passed++ >= keep && header !== undefined) found.push(header);
    }
    return found;
  }

  /** Repository versions with a label; none of the others behind the kept ones can get one any more. */
  async #labelled(old: readonly Header[]): Promise<Set<number>> {
    const { labels } = await this.#labels.raiseFloor(old[0]!.version + 1);
    return new Set(labels.values());
  }

  /** Versions of a key that repository versions name. Commits on their way begin anew, and name what is current. */
  async #named(key: string): Promise<Set<number>> {
    await this.#repository.fenceAll();
    const named = new Set<number>();
    for await (const { version } of this.#documents.headers(REPOSITORY)) {
      const needed = (await this.#repository.document(version))?.keys.get(key);
      if (needed !== undefined) named.add(needed);
    }
    return named;
  }
}
