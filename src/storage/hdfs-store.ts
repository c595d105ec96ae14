/** Objects as files of HDFS, each under its key as path below a folder, over WebHDFS. */
import { Readable } from 'node:stream';
import { FabricError } from '../errors.js';
import { download, gather, type Expected } from './download.js';
import { draftPath, folderOf, HdfsDrafts } from './hdfs-drafts.js';
import { hdfsError } from './hdfs-error.js';
import { HdfsFiles } from './hdfs-files.js';
import { walk } from './hdfs-list.js';
import type { HdfsOptions } from './hdfs-options.js';
import { checkKey, checkPrefix } from './object-key.js';
import type { Creation, ListedObject, ListOptions, ObjectRange, Store } from './store.js';
import { withinTime } from './time-limit.js';
import { upload } from './upload.js';
import { WebHdfs } from './web-hdfs.js';

const TIMEOUT_MS = 30_000;

const isTimeout = (error: unknown) => (error as Error).name === 'TimeoutError';

export class HdfsStore implements Store {
  readonly kind = 'hdfs';
  readonly location: string;
  readonly #web: WebHdfs;
  readonly #files: HdfsFiles;
  readonly #drafts: HdfsDrafts;
  readonly #timeoutMs: number;

  constructor(options: HdfsOptions) {
    const { endpoint, path, timeoutMs = TIMEOUT_MS } = options;
    this.location = `webhdfs://${new URL(endpoint).host}${path}`;
    this.#timeoutMs = timeoutMs;
    this.#web = new WebHdfs(options);
    this.#files = new HdfsFiles(this.#web);
    this.#drafts = new HdfsDrafts(this.#files, Math.floor(timeoutMs / 2));
  }

  /** Makes the folder when it isn't there. */
  static async open(options: HdfsOptions): Promise<HdfsStore> {
    const store = new HdfsStore(options);
    try {
      await store.#asked(async (signal) => {
        await store.#files.makeFolder('', signal);
        await store.#drafts.removeOld(Date.now(), signal);
      });
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  get(key: string, range?: ObjectRange): Promise<Buffer | undefined> {
    return this.#asked(async (signal) => {
      checkKey(key);
      // With the reading of the body: a file that is replaced meanwhile breaks off, and the new one is there.
      return this.#files.repeated(signal, async () => {
        const content = await this.#files.open(key, range, signal);
        return content && gather(content.body, this.#expected(key, content.bytes));
      });
    });
  }

  has(key: string): Promise<boolean> {
    return this.#asked(async (signal) => {
      checkKey(key);
      return (await this.#files.status(key, signal))?.isFolder === false;
    });
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.write(key, bytes.length, Readable.from([bytes]));
  }

  async create(key: string, bytes: Uint8Array): Promise<Creation> {
    const draft = draftPath();
    let outcome: Creation | undefined;
    const progress = { isPublishing: false };
    try {
      outcome = await withinTime(this.#timeoutMs, async (signal) => {
        checkKey(key);
        await this.#prepare(key, signal, () => this.#web.create(draft, bytes.length, bytes, signal));
        progress.isPublishing = true;
        return this.#drafts.publish(draft, key, { overwrite: false }, signal);
      });
    } catch (error) {
      if (!progress.isPublishing || !isTimeout(error)) throw hdfsError(error, this.location);
      outcome = 'unknown';
    } finally {
      // It may still become the object where that is unknown.
      if (outcome === undefined || outcome === 'exists') this.#forget(draft);
    }
    return outcome;
  }

  async *list(prefix: string, { after = '' }: ListOptions = {}): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    const readPage = (folder: string, startAfter: string) =>
      this.#asked((signal) => this.#files.readPage(folder.replace(/\/$/, ''), startAfter, signal));
    yield* walk(readPage, prefix.slice(0, prefix.lastIndexOf('/') + 1), { prefix, after });
  }

  delete(key: string): Promise<void> {
    return this.#asked(async (signal) => {
      checkKey(key);
      const found = await this.#files.status(key, signal);
      if (found === undefined || found.isFolder) return;
      await this.#files.repeated(signal, () => this.#files.remove(key, signal));
      // Folders left behind would be walked through by every listing.
      for (let folder = folderOf(key); folder !== ''; folder = folderOf(folder)) {
        if (!(await this.#files.remove(folder, signal))) return;
      }
    });
  }

  async read(key: string, range?: ObjectRange): Promise<Readable | undefined> {
    return this.#asked(async (signal) => {
      checkKey(key);
      const content = await this.#files.repeated(signal, () => this.#files.open(key, range, signal));
      return content && download(content.body, this.#expected(key, content.bytes));
    });
  }

  async write(key: string, bytes: number, source: AsyncIterable<Uint8Array>): Promise<void> {
    checkKey(key);
    await this.#replace(key, (draft) =>
      upload(bytes, source, this.#timeoutMs, async (body, signal) => {
        try {
          await this.#web.create(draft, bytes, body, signal);
        } catch (error) {
          throw hdfsError(error, this.location);
        }
      }),
    );
  }

  close(): Promise<void> {
    this.#web.close();
    return Promise.resolve();
  }

  /** `fill` keeps its own time. */
  async #replace(key: string, fill: (draft: string) => Promise<void>): Promise<void> {
    const draft = draftPath();
    let outcome: Creation | undefined;
    try {
      await fill(draft);
      outcome = await this.#asked(async (signal) => {
        await this.#files.makeFolder(folderOf(key), signal);
        return this.#drafts.publish(draft, key, { overwrite: true }, signal);
      });
    } finally {
      if (outcome === undefined) this.#forget(draft);
    }
    if (outcome === 'created') return;
    throw new FabricError(
      'ERR',
      `the store ${this.location} gave no answer that tells whether ${key} was put; put it again`,
    );
  }

  /** The draft is filled while its key's folder is made. */
  async #prepare(key: string, signal: AbortSignal, fill: () => Promise<void>): Promise<void> {
    await Promise.all([fill(), this.#files.makeFolder(folderOf(key), signal)]);
  }

  /** A draft nobody will publish. Should it stay, it is in nobody's way. */
  #forget(draft: string): void {
    withinTime(this.#timeoutMs, (signal) => this.#files.remove(draft, signal)).catch(() => undefined);
  }

  #expected(key: string, bytes: number): Expected {
    return { bytes, stallMs: this.#timeoutMs, what: `${key} from ${this.location}` };
  }

  async #asked<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withinTime(this.#timeoutMs, work);
    } catch (error) {
      throw hdfsError(error, this.location);
    }
  }
}
