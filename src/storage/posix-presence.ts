/**
 * Which files are there, for many who ask one by one: those who ask in one turn of the event loop are answered by one look at all of their files,
 * which begins when the turn ends.
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

interface Turn {
  paths: string;
  count: number;
  found: Promise<Uint8Array>;
}

export class PosixPresence {
  readonly #looks: FileLooks;
  #turn: Turn | undefined;

  constructor(looks: FileLooks) {
    this.#looks = looks;
  }

  /** True when nothing had that name at some moment between call and answer; false when something had, or that can't be told. */
  async absent(path: string): Promise<boolean> {
    const turn = (this.#turn ??= this.#begin());
    const index = turn.count++;
    turn.paths += `${path}\0`;
    return (await turn.found)[index] === 1;
  }

  close(): void {
    this.#looks.close();
  }

  #begin(): Turn {
    const found = new Promise<Uint8Array>((resolve) => {
      nextTick(() => {
        this.#turn = undefined;
        resolve(this.#look(turn.paths));
      });
    });
    const turn = { paths: '', count: 0, found };
    return turn;
  }

  /** Closed looks are an error of those who asked, not of the event loop's turn. */
  async #look(paths: string): Promise<Uint8Array> {
    return await this.#looks.absent(paths);
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
