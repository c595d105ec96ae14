/** Waits until what a key shows is decided; a commit that takes too long is ended, for its process may be dead. */
import { FabricError } from '../errors.js';
import type { Documents, Shown } from './documents.js';
import type { MetaParts } from './parts.js';
import type { Repository } from './repository.js';

/** How long a commit may keep writers of its keys waiting. */
export const COMMIT_GRACE_MS = 1000;
/** How long a writer tries before it says that others are always faster. */
export const WRITE_MS_MAX = 30_000;
const PAUSE_MS_MAX = 50;

export class Settling {
  readonly #parts: MetaParts;
  readonly #repository: Repository;
  readonly #documents: Documents;

  constructor(parts: MetaParts, repository: Repository, documents: Documents) {
    this.#parts = parts;
    this.#repository = repository;
    this.#documents = documents;
  }

  /** What the key shows, with a newest version that is decided. */
  async settled(key: string): Promise<Shown> {
    const begun = performance.now();
    for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      const shown = await this.#documents.shown(key);
      if (shown.open === undefined) return shown;
      if (performance.now() - begun >= COMMIT_GRACE_MS) await this.#repository.fenceOff(shown.open);
      else await this.#parts.pause(pauseMs);
    }
  }

  /** Tries until it succeeds; undefined is a failed attempt. */
  async untilWon<T>(key: string, attempt: () => Promise<T | undefined>): Promise<T> {
    const begun = performance.now();
    do {
      const won = await attempt();
      if (won !== undefined) return won;
    } while (performance.now() - begun < WRITE_MS_MAX);
    throw new FabricError(
      'CONFLICT',
      `other writers of ${key} were faster for ${WRITE_MS_MAX} ms: nothing was stored. Try again`,
    );
  }
}
