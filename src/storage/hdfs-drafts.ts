/**
 * Files are written under a name of their own and then renamed, for HDFS shows a file while it grows. A rename whose answer got lost is cleared up
 * by removing the draft: whether it was still there tells what the rename did, and once it is gone the rename can do nothing any more.
 */
import { randomUUID } from 'node:crypto';
import { FabricError } from '../errors.js';
import { didNothing, isAbsent, isInTheWay, RemoteException } from './hdfs-error.js';
import type { HdfsFiles } from './hdfs-files.js';
import type { HdfsPage } from './hdfs-list.js';
import { pause } from './retry.js';
import type { Creation } from './store.js';

/** No key can have this name. */
const DRAFTS = '~incoming';
/** Older ones are left from processes that were killed. The time of a file is that of its beginning until it is whole. */
const DRAFT_MS_MAX = 24 * 3_600_000;
const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 10;

type Renamed = 'renamed' | 'exists' | 'no folder' | 'unknown';

export const draftPath = (): string => `${DRAFTS}/${randomUUID()}`;

export class HdfsDrafts {
  readonly #files: HdfsFiles;
  readonly #renameMsMax: number;

  /** A rename gets so much time, that some is left to find out what came of it: whole milliseconds. */
  constructor(files: HdfsFiles, renameMsMax: number) {
    this.#files = files;
    this.#renameMsMax = renameMsMax;
  }

  async removeOld(nowMs: number, signal: AbortSignal): Promise<void> {
    let page: HdfsPage;
    let last = '';
    do {
      page = await this.#files.readPage(DRAFTS, last, signal);
      const old = page.entries.filter(({ changedMs }) => nowMs - changedMs > DRAFT_MS_MAX);
      for (const { name } of old) await this.#files.remove(`${DRAFTS}/${name}`, signal);
      last = page.entries.at(-1)?.name ?? '';
    } while (!page.isLast);
  }

  /** Gives a draft its key. Throws only when it certainly didn't get it. */
  async publish(draft: string, key: string, options: { overwrite: boolean }, signal: AbortSignal): Promise<Creation> {
    for (let tried = 1; tried <= TRIES_MAX; tried++) {
      const outcome = await this.#rename(draft, key, options, signal);
      if (outcome === 'renamed') return 'created';
      if (outcome === 'unknown') return 'unknown';
      if (outcome === 'exists' && (await this.#isTaken(key, signal))) return 'exists';
      // Others remove folders they have emptied.
      if (outcome === 'no folder') await this.#files.makeFolder(folderOf(key), signal);
      if (tried > 1) await pause(tried, FIRST_PAUSE_MS);
    }
    throw new FabricError('ERR', `${key}: its folder comes and goes; try again`);
  }

  async #rename(draft: string, key: string, options: { overwrite: boolean }, signal: AbortSignal): Promise<Renamed> {
    try {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(this.#renameMsMax)]);
      await this.#files.rename(draft, key, options, inTime);
      return 'renamed';
    } catch (error) {
      if (error instanceof RemoteException && error.name === 'RenameRefused') return 'exists';
      if (error instanceof RemoteException && error.name === 'ParentNotDirectoryException') throw error;
      if (isAbsent(error)) return 'no folder';
      if (isInTheWay(error) && !options.overwrite) return 'exists';
      if (didNothing(error)) throw error;
      return this.#settle(draft, error, signal);
    }
  }

  /** Once: the answer to a second removal would not tell whether the first had already done it. */
  async #settle(draft: string, error: unknown, signal: AbortSignal): Promise<Renamed> {
    let removed: boolean;
    try {
      removed = await this.#files.remove(draft, signal);
    } catch {
      return 'unknown';
    }
    // As an error of its own: a time-out of the rename is none of the call.
    if (removed) throw error instanceof RemoteException ? error : new Error(`not renamed: ${(error as Error).message}`);
    return 'renamed';
  }

  /** Whether an object has the key. What is left of a folder in its place is removed. */
  async #isTaken(key: string, signal: AbortSignal): Promise<boolean> {
    const found = await this.#files.status(key, signal);
    if (found === undefined) return false;
    if (!found.isFolder) return true;
    if (await this.#files.remove(key, signal)) return false;
    throw new FabricError('ERR', `${key} is a folder of other objects' keys: choose another key`);
  }
}

export const folderOf = (key: string): string => key.slice(0, Math.max(0, key.lastIndexOf('/')));
