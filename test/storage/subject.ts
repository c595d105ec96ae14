/** A kind of store as the conformance suite gets it. */
import type { Store } from '../../dist/storage/store.js';

/** What every process of a test imports to open the store; `options` have come as JSON. */
export interface StoreModule {
  openStore(options: unknown): Promise<Store>;
}

export interface Subject {
  /** Begins the titles of its tests. */
  name: string;
  /** URL of a StoreModule (`import.meta.url` of the file which exports `openStore`). */
  module: string;
  /** What to open it with; asked for once, before the first test. */
  options: () => Promise<unknown>;
  /** Whether several processes can open it. */
  shared: boolean;
  /** Whether it has real folders, and so refuses a key that is a folder of another's. */
  folders: boolean;
  /** Length of the large objects. */
  largeBytes?: number;
}

export async function openSubject(module: string, options: unknown): Promise<Store> {
  const opener = (await import(module)) as StoreModule;
  return opener.openStore(options);
}
