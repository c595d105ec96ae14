/** Objects of a bucket, as Amazon's S3 and the servers with its protocol keep them. */
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { FabricError } from '../errors.js';
import { BrokenOff, download, gather, type Expected } from './download.js';
import { checkKey, checkPrefix } from './object-key.js';
import { openClients, type S3Clients } from './s3-client.js';
import { createObject } from './s3-create.js';
import { patiently } from './retry.js';
import { isAbsent, nameOf, s3Error } from './s3-error.js';
import { objectExists, openObject } from './s3-open.js';
import type { S3Options } from './s3-options.js';
import type { Creation, ListedObject, ListOptions, ObjectRange, Store } from './store.js';
import { withinTime } from './time-limit.js';
import { upload } from './upload.js';

const TIMEOUT_MS = 30_000;
/** What a server takes in one request. */
const OBJECT_BYTES_MAX = 5 * 2 ** 30;
/** The library repeats what got no reply, not what broke off within it. */
const BROKEN_OFF = { tries: 3, firstPauseMs: 50 };
const EMPTY = Buffer.alloc(0);

interface Opened {
  body: Readable;
  expected: Expected;
}

export class S3Store implements Store {
  readonly kind = 's3';
  readonly location: string;
  readonly #clients: S3Clients;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #timeoutMs: number;

  constructor(options: S3Options) {
    const { bucket, prefix = '', endpoint, timeoutMs = TIMEOUT_MS } = options;
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#timeoutMs = timeoutMs;
    this.#clients = openClients(options, timeoutMs);
    this.location = `s3://${bucket}/${prefix}${endpoint === undefined ? '' : ` at ${endpoint}`}`;
  }

  async get(key: string, range?: ObjectRange): Promise<Buffer | undefined> {
    const isPassing = (error: unknown) => error instanceof BrokenOff;
    return this.#asked((signal) =>
      patiently({ ...BROKEN_OFF, signal, isPassing }, async () => {
        const found = await this.#open(key, range, signal);
        return found && gather(found.body, found.expected);
      }),
    );
  }

  has(key: string): Promise<boolean> {
    return this.#asked((signal) => objectExists(this.#clients.patient, this.#named(key), signal));
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const request = { ...this.#named(key), Body: bytes };
    await this.#asked((signal) => this.#clients.patient.send(new PutObjectCommand(request), { abortSignal: signal }));
  }

  async create(key: string, bytes: Uint8Array): Promise<Creation> {
    const request = { ...this.#named(key), Body: bytes };
    try {
      return await withinTime(this.#timeoutMs, (signal) => createObject(this.#clients.single, request, signal));
    } catch (error) {
      if (nameOf(error) === 'TimeoutError') return 'unknown';
      throw s3Error(error, this.location);
    }
  }

  async *list(prefix: string, { after }: ListOptions = {}): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    const request = {
      Bucket: this.#bucket,
      Prefix: this.#prefix + prefix,
      StartAfter: after === undefined ? undefined : this.#prefix + after,
    };
    let continued: string | undefined;
    do {
      const command = new ListObjectsV2Command({ ...request, ContinuationToken: continued });
      const page = await this.#asked((signal) => this.#clients.patient.send(command, { abortSignal: signal }));
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        yield { key: Key.slice(this.#prefix.length), bytes: Size };
      }
      continued = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (continued !== undefined);
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand(this.#named(key));
    try {
      await withinTime(this.#timeoutMs, (signal) => this.#clients.patient.send(command, { abortSignal: signal }));
    } catch (error) {
      if (!isAbsent(error)) throw s3Error(error, this.location);
    }
  }

  async read(key: string, range?: ObjectRange): Promise<Readable | undefined> {
    const found = await this.#asked((signal) => this.#open(key, range, signal));
    return found && download(found.body, found.expected);
  }

  async write(key: string, bytes: number, source: AsyncIterable<Uint8Array>): Promise<void> {
    const request = { ...this.#named(key), ContentLength: bytes };
    if (bytes > OBJECT_BYTES_MAX) {
      throw new FabricError('ERR', `${key}: S3 takes at most ${OBJECT_BYTES_MAX} bytes at once, not ${bytes}`);
    }
    const send = async (body: Readable, signal: AbortSignal) => {
      try {
        // The server has all of an empty body before its source has ended, so that is waited for.
        if (bytes === 0) await finished(body.resume());
        const command = new PutObjectCommand({ ...request, Body: bytes === 0 ? EMPTY : body });
        await this.#clients.single.send(command, { abortSignal: signal });
      } catch (error) {
        throw s3Error(error, this.location);
      }
    };
    await upload(bytes, source, this.#timeoutMs, send);
  }

  close(): Promise<void> {
    this.#clients.patient.destroy();
    this.#clients.single.destroy();
    return Promise.resolve();
  }

  #named(key: string) {
    checkKey(key);
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  async #asked<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withinTime(this.#timeoutMs, work);
    } catch (error) {
      throw s3Error(error, this.location);
    }
  }

  async #open(key: string, range: ObjectRange | undefined, signal: AbortSignal): Promise<Opened | undefined> {
    const opened = await openObject(this.#clients.patient, this.#named(key), { key, range }, signal);
    const expected = (bytes: number) => ({ bytes, stallMs: this.#timeoutMs, what: `${key} from ${this.location}` });
    return opened && { body: opened.body, expected: expected(opened.bytes) };
  }
}
