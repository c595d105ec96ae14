/** Makes folders so that they outlast a power cut. A folder that was made stays, so that what is known of it remains true. */
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './posix-error.js';

/** Beyond that, what is known is forgotten, and synced again when it is met. */
const KNOWN_MAX = 10_000;

export class PosixFolders {
  readonly #root: string;
  /** Folders which are on disk themselves, with the way to them. */
  readonly #known: Set<string>;

  constructor(root: string) {
    this.#root = root;
    this.#known = new Set([root]);
  }

  async make(folder: string): Promise<void> {
    await makeFolder(folder);
  }

  /** What was just entered into `folder` is on disk afterwards, and the way to it: others may have made folders and not synced them yet. */
  async sync(folder: string): Promise<void> {
    const folders = [folder];
    while (!this.#known.has(folders.at(-1)!)) folders.push(dirname(folders.at(-1)!));
    await Promise.all(folders.map(syncFolder));
    if (this.#known.size + folders.length > KNOWN_MAX) {
      this.#known.clear();
      this.#known.add(this.#root);
    }
    for (const path of folders) this.#known.add(path);
  }
}

/** By steps of our own: Node.js' recursive mkdir never ends where a folder's parent is there and the folder can't be made, as below /proc. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdirOnce(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdirOnce(path);
  }
}

async function mkdirOnce(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
