/**
 * The memory layer as TypeScript sees it, and the only importer of the `.node`.
 *
 * Every call is synchronous and short (bounded work on the main thread) unless it returns a Promise; those run on
 * the addon's own worker threads. Errors carry a `code` of `src/errors.ts` and a sentence for the user. Sizes,
 * offsets and lengths are bytes; times are milliseconds. An `Entry` is the index of a descriptor in the catalog: it is
 * valid while the variable it was returned for lives, and is only passed on within the same tick or under a hold.
 */
import { createRequire } from 'node:module';

import type { NativeNet, NetCallbacks, NetOptions } from './native-net.js';
import type { NativeStore, StoreOptions } from './native-store.js';
import type { NativeYellowPages } from './native-yellow-pages.js';

export type * from './native-net.js';
export type * from './native-store.js';
export type * from './native-yellow-pages.js';

/** A shared-memory object mapped by a client. `close()` detaches every view of it. */
export interface Mapping {
  /** Page-aligned window; the payload starts at `offset` in it. */
  readonly buffer: ArrayBuffer;
  readonly offset: number;
  readonly inode: number;
  readonly size: number;
  close(): void;
}

/** The liveness lock of a local client process on one slot of `/<prefix>.<node>.slots`. */
export interface Slot {
  readonly index: number;
  /** Of the slots object: another one of the same name doesn't know this slot. */
  readonly inode: number;
  close(): void;
}

/** Looks for files on a thread of its own: a file system may block for as long as it likes. */
export interface NativeFileLooks {
  /** Of paths that end with a zero byte each: 1 where nothing has that name, 0 where something has or that can't be told. */
  absent(paths: string): Promise<Uint8Array>;
  /** Waits for the look under way. */
  close(): void;
}

export interface NativeModule {
  openStore(options: StoreOptions): NativeStore;
  /** Unlinks a node's objects; returns their names. OWNED while a server runs. The lock file stays, empty. */
  purge(options: { prefix: string; node: string }): string[];
  openYellowPages(): NativeYellowPages;
  openFileLooks(): NativeFileLooks;
  openNet(callbacks: NetCallbacks, options: NetOptions): NativeNet;
  /**
   * Maps `length` bytes at `offset` of an object; writable ones for reservations. What is written to others stays in the
   * process that writes. NOTFOUND, NOPERM; ERR when the object is too small or the view beyond 4 GiB. With `copy`, and where
   * `externalBuffers` is false, reads the bytes instead; never writable.
   */
  map(shm: string, offset: number, length: number, writable: boolean, copy?: boolean): Mapping;
  /** Takes a free slot of a node. ERR when all are taken. */
  acquireSlot(slotsObject: string): Slot;
  crc32c(bytes: Uint8Array, seed?: number): number;
  /** Opens beneath a root: no symlinks, no magic links, regular files only (`openat2`). Returns a descriptor. */
  openBeneath(root: string, relative: string): number;
  /** Closes what `openBeneath` or `openShm` returned. */
  closeDescriptor(fd: number): void;
  /** Opens `/name` in /dev/shm for reading, no symlinks, regular files only. Returns a descriptor. */
  openShm(name: string): number;
  /** SIMD kernels in use, for INFO: e.g. `avx512+vpclmul`, `sse4.2`, `portable`. */
  readonly kernels: string;
  /** False where the runtime refuses external buffers; `map` then copies. */
  readonly externalBuffers: boolean;
}

const require = createRequire(import.meta.url);

export const native = require('../build/Release/datafabric.node') as NativeModule;
