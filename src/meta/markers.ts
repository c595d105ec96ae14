/** Which keys there are. */
import { FabricError } from '../errors.js';
import { MARKERS } from './layout.js';
import type { MetaParts } from './parts.js';

export class Markers {
  readonly #parts: MetaParts;

  constructor(parts: MetaParts) {
    this.#parts = parts;
  }

  /** Before a key's first version. */
  async make(key: string): Promise<void> {
    const { store, repository } = this.#parts;
    const object = `${repository}/${MARKERS}${key}`;
    if ((await store.create(object, Buffer.alloc(0))) !== 'unknown') return;
    if ((await store.get(object)) !== undefined) return;
    throw new FabricError('ERR', `the store gave no answer when ${key} was to be made; nothing was stored. Try again`);
  }

  /** In the order of their bytes; a key whose first version never came may be among them. */
  async *keys(): AsyncGenerator<string> {
    const { store, repository } = this.#parts;
    const prefix = `${repository}/${MARKERS}`;
    for await (const { key } of store.list(prefix)) yield key.slice(prefix.length);
  }
}
