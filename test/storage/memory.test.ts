import test from 'ava';
import { MemoryStore } from '../../dist/storage/memory-store.js';
import type { Store } from '../../dist/storage/store.js';
import { conformance } from './conformance.js';

export const openStore = (): Promise<Store> => Promise.resolve(new MemoryStore());

conformance(test, {
  name: 'memory',
  module: import.meta.url,
  options: () => Promise.resolve(undefined),
  shared: false,
  folders: false,
});
