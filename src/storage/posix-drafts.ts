/**
 * Files on their way in. They are written beside the objects, in a folder no key can name, and take their names when they are whole. Those of a
 * process that was killed are removed once they are old: a slow writer elsewhere may still be at work on a young one.
 */
import { randomBytes } from 'node:crypto';
import { open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { codeOf } from './posix-error.js';
import { makeFolder } from './posix-folders.js';

const FOLDER = '~incoming';
export const DRAFT_MS_MAX = 3_600_000;

export interface Draft {
  path: string;
  handle: FileHandle;
}

export class PosixDrafts {
  readonly #folder: string;

  constructor(root: string) {
    this.#folder = `${root}/${FOLDER}`;
  }

  async prepare(now: number): Promise<void> {
    await makeFolder(this.#folder);
    for (const name of await readdir(this.#folder)) {
      const path = `${this.#folder}/${name}`;
      if (now - (await changedMs(path, now)) > DRAFT_MS_MAX) await rm(path, { force: true });
    }
  }

  /** Writes a draft by `fill`, syncs it and hands it to `place`; whatever comes of that, the draft is gone afterwards. */
  async with<T>(fill: (handle: FileHandle) => Promise<void>, place: (draft: Draft) => Promise<T>): Promise<T> {
    const path = `${this.#folder}/${process.pid}.${randomBytes(8).toString('hex')}`;
    const handle = await open(path, 'wx', 0o666);
    try {
      await fill(handle);
      await handle.sync();
      return await place({ path, handle });
    } finally {
      await Promise.all([handle.close(), rm(path, { force: true })]);
    }
  }
}

/** For what has gone meanwhile: now. */
async function changedMs(path: string, now: number): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return now;
    throw error;
  }
}
