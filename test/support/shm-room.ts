/** A /dev/shm of a test's own, of any size. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { Keeper } from './keeper.js';

export class ShmRoom {
  readonly #keeper: Keeper;

  private constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  /** Throws with the reason where neither root nor user namespaces are to be had: a test can't do without. */
  static async open(t: ExecutionContext, mebibytes: number): Promise<ShmRoom> {
    const setUp = [`mount -t tmpfs -o size=${mebibytes}m tmpfs /dev/shm`];
    const keeper = await Keeper.start({ namespaces: ['mount'], setUp }).catch((error: unknown) => {
      throw new Error(
        `a /dev/shm of ${mebibytes} MiB needs root or unprivileged user namespaces, and can't be had: ${(error as Error).message}`,
      );
    });
    t.teardown(() => keeper.stop());
    return new ShmRoom(keeper);
  }

  /** For `ServerOptions.launcher`. */
  get launcher(): string[] {
    return this.#keeper.launcher;
  }

  /** Where it is seen from outside. */
  get path(): string {
    return this.#keeper.path('/dev/shm');
  }

  file(name: string): string {
    return join(this.path, name);
  }

  names(): string[] {
    return readdirSync(this.path);
  }
}
