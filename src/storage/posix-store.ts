/**
 * Objects as files below a folder, each under its key as path. Several processes may have the store open. What is acknowledged has been synced to disk, with
 * the folders that lead to it.
 */
import type { Stats } from 'node:fs';
import { link, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { FabricError } from '../errors.js';
import { exactly } from './exactly.js';
import { checkKey, checkPrefix } from './object-key.js';
import { checkRange } from './object-range.js';
import { PosixDrafts, type Draft } from './posix-drafts.js';
import { codeOf, posixError } from './posix-error.js';
import { makeFolder, PosixFolders } from './posix-folders.js';
import { nodeLooks, PosixPresence, type FileLooks } from './posix-presence.js';
import { walk } from './posix-walk.js';
import type { Creation, ListedObject, ListOptions, ObjectRange, Store } from './store.js';

const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);
const PIECE_BYTES = 1 << 20;

export class PosixStore implements Store {
  readonly kind = 'posix';
  readonly location: string;
  readonly #drafts: PosixDrafts;
  readonly #folders: PosixFolders;
  readonly #presence: PosixPresence;

  private constructor(root: string, looks: FileLooks) {
    this.location = root;
    this.#presence = new PosixPresence(looks);
    this.#drafts = new PosixDrafts(root);
    this.#folders = new PosixFolders(root);
  }

  /** Makes the folder when it isn't there. `looks` are the store's from now on. */
  static async open(path: string, looks = nodeLooks): Promise<PosixStore> {
    const root = resolve(path);
    const store = new PosixStore(root, looks);
    try {
      await makeFolder(root);
      await store.#drafts.prepare(Date.now());
      return store;
    } catch (error) {
      await store.close();
      throw posixError(error, root);
    }
  }

  /** To be read: leaves the folder as it is, which must be there. */
  static async openExisting(path: string): Promise<PosixStore> {
    const store = new PosixStore(resolve(path), nodeLooks);
    return store.#told(async () => {
      if ((await stat(store.location)).isDirectory()) return store;
      throw new FabricError('ERR', `the store ${store.location} is no folder`);
    });
  }

  get(key: string, range?: ObjectRange): Promise<Buffer | undefined> {
    return this.#told(async () => {
      const found = await this.#find(key, range);
      if (found === undefined) return undefined;
      try {
        return await readFully(key, found.handle, found.range);
      } finally {
        await found.handle.close();
      }
    });
  }

  async has(key: string): Promise<boolean> {
    const path = this.#pathOf(key);
    if (await this.#presence.absent(path)) return false;
    return this.#told(() => isFile(path));
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#told(() => this.#replace(key, (handle) => writeFully(handle, bytes)));
  }

  create(key: string, bytes: Uint8Array): Promise<Creation> {
    return this.#told(async () => {
      const path = this.#pathOf(key);
      const folder = this.#folders.make(dirname(path));
      // It is made while the draft is written; what went wrong is told when it is needed.
      folder.catch(() => undefined);
      return this.#drafts.with(
        (handle) => writeFully(handle, bytes),
        async (draft) => {
          await folder;
          return this.#linkNew(draft, path);
        },
      );
    });
  }

  async *list(prefix: string, { after = '' }: ListOptions = {}): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    try {
      yield* walk(this.location, prefix.slice(0, prefix.lastIndexOf('/') + 1), { prefix, after });
    } catch (error) {
      throw posixError(error, this.location);
    }
  }

  delete(key: string): Promise<void> {
    return this.#told(async () => {
      const path = this.#pathOf(key);
      try {
        await rm(path);
      } catch (error) {
        if (ABSENT.has(codeOf(error)) || codeOf(error) === 'ERR_FS_EISDIR') return;
        throw error;
      }
      await this.#folders.sync(dirname(path));
    });
  }

  read(key: string, range?: ObjectRange): Promise<Readable | undefined> {
    return this.#told(async () => {
      const found = await this.#find(key, range);
      if (found === undefined) return undefined;
      const { offset, length } = found.range;
      if (length > 0) {
        return found.handle.createReadStream({ start: offset, end: offset + length - 1, highWaterMark: PIECE_BYTES });
      }
      // The end of a file's stream is inclusive: it can't be told to read nothing.
      await found.handle.close();
      return Readable.from([], { objectMode: false });
    });
  }

  write(key: string, bytes: number, source: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#told(() =>
      this.#replace(key, async (handle) => {
        for await (const piece of exactly(bytes, source)) await writeFully(handle, piece);
      }),
    );
  }

  close(): Promise<void> {
    this.#presence.close();
    return Promise.resolve();
  }

  async #replace(key: string, fill: (handle: FileHandle) => Promise<void>): Promise<void> {
    const path = this.#pathOf(key);
    await this.#folders.make(dirname(path));
    await this.#drafts.with(fill, (draft) => rename(draft.path, path));
    await this.#folders.sync(dirname(path));
  }

  /** Where the reply is lost (a network file system repeats requests by itself), the draft's second name tells that it was this link. */
  async #linkNew(draft: Draft, path: string): Promise<Creation> {
    try {
      await link(draft.path, path);
    } catch (error) {
      const { nlink } = await draft.handle.stat();
      if (nlink < 2) {
        if (codeOf(error) === 'EEXIST') return this.#existing(path);
        throw error;
      }
    }
    try {
      await this.#folders.sync(dirname(path));
    } catch {
      return 'unknown';
    }
    return 'created';
  }

  /** Another's object may not be on disk yet; what is built upon it must not outlast it. */
  async #existing(path: string): Promise<Creation> {
    if (await isFolder(path)) throw Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' });
    await this.#folders.sync(dirname(path));
    return 'exists';
  }

  async #find(
    key: string,
    range: ObjectRange | undefined,
  ): Promise<{ handle: FileHandle; range: ObjectRange } | undefined> {
    const handle = await openExisting(this.#pathOf(key));
    if (handle === undefined) return undefined;
    try {
      const stats = await handle.stat();
      if (stats.isFile()) {
        if (range !== undefined) checkRange(key, range, stats.size);
        return { handle, range: range ?? { offset: 0, length: stats.size } };
      }
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return undefined;
  }

  #pathOf(key: string): string {
    checkKey(key);
    return `${this.location}/${key}`;
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw posixError(error, this.location);
    }
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (ABSENT.has(codeOf(error))) return undefined;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await statsOf(path))?.isDirectory() === true;
}

async function isFile(path: string): Promise<boolean> {
  return (await statsOf(path))?.isFile() === true;
}

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (ABSENT.has(codeOf(error))) return undefined;
    throw error;
  }
}

async function readFully(key: string, handle: FileHandle, { offset, length }: ObjectRange): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
    // Somebody has shortened the file: the store itself never does.
    if (bytesRead === 0) checkRange(key, { offset, length }, offset + at);
    at += bytesRead;
  }
  return bytes;
}

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}
