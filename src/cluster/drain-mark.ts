/** Whether this node is to be emptied: kept over restarts in a file of its own. */
import type { Draining } from './upkeep-messages.js';
import { readWhole, removeWhole, writeWhole } from './whole-file.js';

export class DrainMark {
  readonly #path: string;
  #draining: Draining | undefined;

  private constructor(path: string, draining: Draining | undefined) {
    this.#path = path;
    this.#draining = draining;
  }

  static async open(path: string): Promise<DrainMark> {
    const says = 'that this node is to be emptied';
    const kept = await readWhole(path, says, (bytes) => new DrainMark(path, JSON.parse(String(bytes)) as Draining));
    return kept ?? new DrainMark(path, undefined);
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
