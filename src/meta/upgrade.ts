/**
 * Brings a repository to the newest format before anything else is served. All documents of an older format, and the repository version that states the newest, are one commit:
 * killed in the middle, nothing has happened; of several who do it at once one wins, and the others find it done. Older versions stay as they were written.
 */
import { isFabricError } from '../errors.js';
import type { Commits } from './commits.js';
import { newerFormat } from './damage.js';
import type { Documents } from './documents.js';
import { standingAside } from './format-check.js';
import type { Entry } from './sequence.js';
import type { Repository } from './repository.js';
import { REPOSITORY_FORMAT } from './repository-text.js';
import { FORMATTED_KEYS } from './reserved.js';

export interface UpgradeParts {
  commits: Commits;
  documents: Documents;
  repository: Repository;
}

/** Each time another has made a repository version meanwhile. */
const ATTEMPTS_MAX = 20;

export class Upgrade {
  readonly #parts: UpgradeParts;

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    for (let attempt = 1; !(await this.#attempt(attempt === ATTEMPTS_MAX)); attempt++) continue;
  }

  /** False when another was faster. */
  async #attempt(isLast: boolean): Promise<boolean> {
    const { commits, repository } = this.#parts;
    const { current } = await repository.state();
    repository.refuseNewer(current);
    const { values, bases } = await this.#older();
    if (values.size === 0 && !this.#isOld(current)) return true;
    const message = `upgrade to format ${REPOSITORY_FORMAT}`;
    try {
      await commits.commit({ values, bases, message, condition: current?.version ?? 'none' });
      return true;
    } catch (error) {
      if (isLast || !isFabricError(error) || error.code !== 'CONFLICT') throw error;
      return false;
    }
  }

  /** One that can't be read states nothing: what is wrong with it is told when it is asked for. */
  #isOld(current: Entry | undefined): boolean {
    const format = current && this.#parts.repository.formatOf(current);
    return format !== undefined && format < REPOSITORY_FORMAT;
  }

  /** Documents of older formats as they are to be, and the versions these were made of. Damaged ones stay as they are: FSCK tells. */
  async #older(): Promise<{ values: Map<string, Buffer>; bases: Map<string, number> }> {
    const [values, bases] = [new Map<string, Buffer>(), new Map<string, number>()];
    for (const key of FORMATTED_KEYS) {
      const { entry } = await this.#parts.documents.shown(key);
      const found = entry?.value && (await standingAside(key, entry.value));
      if (found?.is === 'newer') throw newerFormat(key, found.format, found.newest);
      if (found?.is !== 'older') continue;
      values.set(key, found.upgraded);
      bases.set(key, entry!.version);
    }
    return { values, bases };
  }
}
