/** A node's tombstones, kept over restarts in a file of its own: whole and on disk, or as it was before. */
import { FabricError } from '../errors.js';
import { decodeMessage, encodeMessage, type Tombstone } from './peer-messages.js';
import { readWhole, writeWhole } from './whole-file.js';

/** Nodes that are away for so many deletes are to be forgotten. */
const TOMBSTONES_MAX = 100_000;

export class TombstoneFile {
  readonly #path: string;
  readonly #byXid: Map<number, Tombstone>;
  /** Writes follow one another; one that has not begun takes the changes made meanwhile with it. */
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(path: string, tombstones: readonly Tombstone[]) {
    this.#path = path;
    this.#byXid = new Map(tombstones.map((tombstone) => [tombstone.xid, tombstone]));
  }

  static async open(path: string): Promise<TombstoneFile> {
    const says = 'what other nodes are to remove';
    const kept = await readWhole(path, says, (bytes) => new TombstoneFile(path, decodeMessage(bytes) as Tombstone[]));
    return kept ?? new TombstoneFile(path, []);
  }

  all(): Tombstone[] {
    return [...this.#byXid.values()];
  }

  /** Resolves when they are on disk. */
  async keep(tombstones: readonly Tombstone[]): Promise<void> {
    for (const tombstone of tombstones) this.#byXid.set(tombstone.xid, tombstone);
    if (this.#byXid.size > TOMBSTONES_MAX)
      throw new FabricError(
        'REMOTE',
        `${TOMBSTONES_MAX} removed variables wait for nodes that are down: bring them back, or FABRIC.FORGET them`,
      );
    await this.#save();
  }

  async forgive(xids: readonly number[]): Promise<void> {
    const known = xids.filter((xid) => this.#byXid.delete(xid));
    if (known.length > 0) await this.#save();
  }

  #save(): Promise<void> {
    this.#next ??= this.#last.then(() => {
      this.#next = undefined;
      const written = writeWhole(this.#path, encodeMessage(this.all()));
      this.#last = written.catch(() => undefined);
      return written;
    });
    return this.#next;
  }
}
