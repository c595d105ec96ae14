/** Whether this node is to be emptied: kept over restarts in a file of its own. */
import { readFile } from 'node:fs/promises';
import { FabricError } from '../errors.js';
import type { Draining } from './upkeep-messages.js';
import { removeWhole, writeWhole } from './whole-file.js';

export class DrainMark {
  readonly #path: string;
  #draining: Draining | undefined;

  private constructor(path: string, draining: Draining | undefined) {
    this.#path = path;
    this.#draining = draining;
  }

  static async open(path: string): Promise<DrainMark> {
    try {
      return new DrainMark(path, JSON.parse(await readFile(path, 'utf8')) as Draining);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new DrainMark(path, undefined);
      throw new FabricError(
        'ERR',
        `${path}, which says that this node is to be emptied, can't be read: ${(error as Error).message}`,
      );
    }
  }

  get draining(): Draining | undefined {
    return this.#draining;
  }

  /** Resolves when it is on disk. */
  async set(draining: Draining | null): Promise<void> {
    // Nothing new comes from here on, and what comes is allowed only when the file says so.
    if (draining !== null) this.#draining = draining;
    await (draining === null ? removeWhole(this.#path) : writeWhole(this.#path, JSON.stringify(draining)));
    this.#draining = draining ?? undefined;
  }
}
