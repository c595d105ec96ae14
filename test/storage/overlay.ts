import type { Store } from '../../dist/storage/store.js';

/** A store that does some things in another way. */
export function overlay(store: Store, changes: Partial<Store>): Store {
  return {
    kind: store.kind,
    location: store.location,
    get: (key, range) => store.get(key, range),
    has: (key) => store.has(key),
    put: (key, bytes) => store.put(key, bytes),
    create: (key, bytes) => store.create(key, bytes),
    list: (prefix, options) => store.list(prefix, options),
    delete: (key) => store.delete(key),
    read: (key, range) => store.read(key, range),
    write: (key, bytes, source) => store.write(key, bytes, source),
    close: () => store.close(),
    ...changes,
  };
}
