import { MemoryStore } from './memory-store.js';
import { PosixStore } from './posix-store.js';
import { proveExclusion } from './prove.js';
import type { Store } from './store.js';

/** Which store, and where. */
export type StoreOptions = { kind: 'memory' } | { kind: 'posix'; path: string };

/** Opens a store, and refuses it when its create-if-absent doesn't exclude. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = options.kind === 'posix' ? await PosixStore.open(options.path) : new MemoryStore();
  try {
    await proveExclusion(store);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}
