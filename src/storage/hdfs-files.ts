/** Single steps on files of HDFS; those that may be repeated without harm are. */
import { Readable } from 'node:stream';
import { checkRange } from './object-range.js';
import { isAbsent, isInTheWay, isPassing, RemoteException } from './hdfs-error.js';
import type { HdfsEntry, HdfsPage } from './hdfs-list.js';
import { patiently } from './retry.js';
import type { ObjectRange } from './store.js';
import type { Content, WebHdfs } from './web-hdfs.js';

const TRIES_MAX = 4;
const FIRST_PAUSE_MS = 50;

interface FileStatus {
  pathSuffix: string;
  type: 'FILE' | 'DIRECTORY' | 'SYMLINK';
  length: number;
  modificationTime: number;
}

export class HdfsFiles {
  readonly #web: WebHdfs;

  constructor(web: WebHdfs) {
    this.#web = web;
  }

  repeated<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return patiently({ tries: TRIES_MAX, firstPauseMs: FIRST_PAUSE_MS, signal, isPassing }, work);
  }

  /** What has this name; undefined for nothing. */
  async status(path: string, signal: AbortSignal): Promise<HdfsEntry | undefined> {
    const reply = await this.#unlessAbsent(signal, () => this.#web.ask('GET', { op: 'GETFILESTATUS', path, signal }));
    return reply === undefined ? undefined : entryOf((reply as { FileStatus: FileStatus }).FileStatus);
  }

  async makeFolder(path: string, signal: AbortSignal): Promise<void> {
    await this.repeated(signal, () => this.#web.ask('PUT', { op: 'MKDIRS', path, signal }));
  }

  /** Removes a file or an empty folder, asking once; false when there was none, or a folder with something in it. */
  async remove(path: string, signal: AbortSignal): Promise<boolean> {
    try {
      const parameters = { recursive: false };
      const reply = await this.#web.ask('DELETE', { op: 'DELETE', path, parameters, signal });
      return (reply as { boolean: boolean }).boolean;
    } catch (error) {
      if (isAbsent(error) || isInTheWay(error)) return false;
      throw error;
    }
  }

  /** Asks once. Without `overwrite` it throws where something has the name, even a folder. */
  async rename(from: string, to: string, { overwrite }: { overwrite: boolean }, signal: AbortSignal): Promise<void> {
    // A rename without options would move the file into a folder of that name.
    const parameters = { destination: this.#web.absolute(to), renameoptions: overwrite ? 'OVERWRITE' : 'NONE' };
    const reply = await this.#web.ask('PUT', { op: 'RENAME', path: from, parameters, signal });
    // Gateways that know no options answer as renames without do.
    if ((reply as { boolean?: boolean } | undefined)?.boolean !== false) return;
    throw new RemoteException('RenameRefused', `${from} was not renamed to ${to}`, 200);
  }

  async readPage(path: string, startAfter: string, signal: AbortSignal): Promise<HdfsPage> {
    const parameters = startAfter === '' ? {} : { startAfter };
    const call = { op: 'LISTSTATUS_BATCH', path, parameters, signal };
    const reply = await this.#unlessAbsent(signal, () => this.#web.ask('GET', call));
    if (reply === undefined) return { entries: [], isLast: true };
    const { DirectoryListing: listing } = reply as {
      DirectoryListing: {
        partialListing: { FileStatuses: { FileStatus: readonly FileStatus[] } };
        remainingEntries: number;
      };
    };
    const entries = listing.partialListing.FileStatuses.FileStatus.map(entryOf);
    // A file in place of a folder lists itself, without a name.
    const named = entries.filter(({ name }) => name !== '');
    return { entries: named, isLast: listing.remainingEntries === 0 || named.length === 0 };
  }

  /** Asks once. The range is within the file; undefined for no file. */
  async open(path: string, range: ObjectRange | undefined, signal: AbortSignal): Promise<Content | undefined> {
    if (range?.length === 0) return this.#openNothing(path, range, signal);
    try {
      const content = await this.#web.open(path, range ? { ...range } : {}, signal);
      if (range === undefined || content.bytes === range.length) return content;
      content.body.destroy();
      checkRange(path, range, range.offset + content.bytes);
      throw new RemoteException('WrongRange', `${content.bytes} bytes were sent instead of ${range.length}`, 200);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      // It says that the offset is beyond the end, among other things, as an IOException.
      if (range && error instanceof RemoteException) {
        const found = await this.status(path, signal);
        if (found) checkRange(path, range, found.bytes);
      }
      throw error;
    }
  }

  async #openNothing(path: string, range: ObjectRange, signal: AbortSignal): Promise<Content | undefined> {
    const found = await this.status(path, signal);
    if (found === undefined || found.isFolder) return undefined;
    checkRange(path, range, found.bytes);
    return { body: Readable.from([]), bytes: 0 };
  }

  async #unlessAbsent<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.repeated(signal, work);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }
}

function entryOf({ pathSuffix, type, length, modificationTime }: FileStatus): HdfsEntry {
  return { name: pathSuffix, isFolder: type === 'DIRECTORY', bytes: length, changedMs: modificationTime };
}
