import type { HdfsOptions } from './hdfs-options.js';
import { HdfsStore } from './hdfs-store.js';
import { MemoryStore } from './memory-store.js';
import type { FileLooks } from './posix-presence.js';
import { PosixStore } from './posix-store.js';
import { proveExclusion } from './prove.js';
import type { S3Options } from './s3-options.js';
import type { Store } from './store.js';

/** Which store, and where. */
export type StoreOptions =
  | { kind: 'memory' }
  | { kind: 'posix'; path: string; looks?: FileLooks }
  | ({ kind: 's3' } & S3Options)
  | ({ kind: 'hdfs' } & HdfsOptions);

/** Opens a store, and refuses it when its create-if-absent doesn't exclude. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = await openDriver(options);
  try {
    await proveExclusion(store);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/** Opens a store that is only read: nothing is made in it, nor tried on it. */
export async function openForReading(options: StoreOptions): Promise<Store> {
  if (options.kind === 'posix') return PosixStore.openExisting(options.path);
  return options.kind === 'hdfs' ? new HdfsStore(options) : openDriver(options);
}

async function openDriver(options: StoreOptions): Promise<Store> {
  switch (options.kind) {
    case 'memory':
      return new MemoryStore();
    case 'posix':
      return PosixStore.open(options.path, options.looks);
    case 's3': {
      // Its library is large: only who uses it waits for it.
      const { S3Store } = await import('./s3-store.js');
      return new S3Store(options);
    }
    case 'hdfs':
      return HdfsStore.open(options);
  }
}
