/** A memory store whose `create` does as a test wants. */
import { MemoryStore } from '../../dist/storage/memory-store.js';
import type { Creation } from '../../dist/storage/store.js';

type Create = (key: string, bytes: Uint8Array, store: StandIn) => Promise<Creation>;

export class StandIn extends MemoryStore {
  readonly #create: Create;

  constructor(create: Create) {
    super();
    this.#create = create;
  }

  override create(key: string, bytes: Uint8Array): Promise<Creation> {
    return this.#create(key, bytes, this);
  }

  /** As a store should. */
  truly(key: string, bytes: Uint8Array): Promise<Creation> {
    return super.create(key, bytes);
  }
}
