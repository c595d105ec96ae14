/** What META and the pager ask of a store of objects; each kind of store has a driver that promises all of it. */
import type { Readable } from 'node:stream';

export type StoreKind = 'memory' | 'posix' | 's3' | 'hdfs';

/** Bytes of an object: `offset` from its start, `length` of them, both within it. */
export interface ObjectRange {
  offset: number;
  length: number;
}

export interface ListedObject {
  key: string;
  bytes: number;
}

export interface ListOptions {
  /** Only keys behind this one, in the order of their UTF-8 bytes. */
  after?: string;
}

/**
 * Whether an object was made by this very call. `unknown`: the store gave no answer, or one that leaves open whose object is there; what is there
 * must be left as it is, and read back to find out.
 */
export type Creation = 'created' | 'exists' | 'unknown';

/**
 * Keys are one or more parts of `[A-Za-z0-9._-]`, none of them `.` or `..`, joined by `/`; at most 512 characters, and 255 in a part. No object's key
 * is a folder of another's (`a` beside `a/b`): kinds of store with real folders refuse that. What has been acknowledged is durable as
 * far as the kind of store is, and every later read sees it, from whatever process. An object is seen whole or not at all.
 *
 * Errors are FabricErrors: ERR with what the store said and what to do; OOM when it is full; NOPERM. A store that doesn't answer is an ERR within
 * the driver's time limit, never an endless retry.
 */
export interface Store {
  readonly kind: StoreKind;
  /** Where it is, as people say it: a path or URL, without secrets. */
  readonly location: string;

  /** The bytes, or that part of them; undefined when there is no such object. ERR for a range beyond its end. */
  get(key: string, range?: ObjectRange): Promise<Buffer | undefined>;
  /** Whether there is such an object. Many who ask at once cost little more than one. */
  has(key: string): Promise<boolean>;
  /** Puts an object in place of whatever was there. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Makes an object that wasn't there: of many who try at once, exactly one gets `created`. */
  create(key: string, bytes: Uint8Array): Promise<Creation>;
  /** Objects whose keys begin so, in the order of their UTF-8 bytes. One that is there throughout is listed. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>;
  /** Removes an object; none is no error. */
  delete(key: string): Promise<void>;

  /** As `get`, without gathering it. An error after its beginning destroys the stream. */
  read(key: string, range?: ObjectRange): Promise<Readable | undefined>;
  /** As `put`, of exactly `bytes` bytes, without gathering them; nothing is seen when the source fails or has another length. */
  write(key: string, bytes: number, source: AsyncIterable<Uint8Array>): Promise<void>;

  /** Connections and temporary things are given up; the objects stay. */
  close(): Promise<void>;
}
