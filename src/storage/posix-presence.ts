/**
 * Which files are there, for many who ask one by one: those who ask in one turn of the event loop, or while a look is on its way, are answered by one look at
 * all of their files.
 */
import { nextTick } from 'node:process';
import { access } from 'node:fs/promises';
import { codeOf } from './posix-error.js';

/** Looks for files without holding up the caller's thread. */
export interface FileLooks {
  /** Of paths that end with a zero byte each: 1 where nothing has that name, 0 where something has or that can't be told. */
  absent(paths: string): Promise<Uint8Array>;
  close(): void;
}

interface Look {
  paths: string;
  count: number;
  found: Promise<Uint8Array>;
}

export class PosixPresence {
  readonly #looks: FileLooks;
  /** A look that hasn't begun: whoever asks until then shares it. */
  #coming: Look | undefined;
  /** Settles with the look under way; never rejects. */
  #running: Promise<void> | undefined;

  constructor(looks: FileLooks) {
    this.#looks = looks;
  }

  /** True when nothing had that name at some moment between call and answer; false when something had, or that can't be told. */
  async absent(path: string): Promise<boolean> {
    const look = (this.#coming ??= this.#begin());
    const index = look.count++;
    look.paths += `${path}\0`;
    return (await look.found)[index] === 1;
  }

  close(): void {
    this.#looks.close();
  }

  #begin(): Look {
    const turn = this.#running ?? new Promise((resolve) => nextTick(resolve));
    const look: Look = { paths: '', count: 0, found: turn.then(() => this.#run(look)) };
    return look;
  }

  #run(look: Look): Promise<Uint8Array> {
    this.#coming = undefined;
    const found = this.#looks.absent(look.paths);
    const done = () => {
      this.#running = undefined;
    };
    this.#running = found.then(done, done);
    return found;
  }
}

/** By Node.js' own threads, for whoever brings none. */
export const nodeLooks: FileLooks = {
  async absent(paths) {
    const looks = paths.split('\0').slice(0, -1).map(isAbsent);
    return Uint8Array.from(await Promise.all(looks), Number);
  },
  close() {
    // They aren't this store's.
  },
};

async function isAbsent(path: string): Promise<boolean> {
  try {
    await access(path);
    return false;
  } catch (error) {
    return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
  }
}
