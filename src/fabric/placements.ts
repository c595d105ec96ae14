/** Where a sealed variable's bytes are. */
import type { Entry, HostIdentity, Placement } from '../native.js';
import type { Core } from './core.js';

export type { Placement } from '../native.js';

export class Placements {
  readonly #core: Core;
  /** A segment's identity never changes, and its name is never used again. */
  readonly #hosts = new Map<string, HostIdentity>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** The bytes are exposed from now on: freed, they rest in quarantine before reuse. */
  of(entry: Entry): Placement[] {
    const { sharedId, offset, length, xid, generation } = this.#core.store.locate(entry);
    return [{ node: this.#core.options.node, sharedId, offset, length, xid, generation }];
  }

  host(sharedId: string): HostIdentity {
    const known = this.#hosts.get(sharedId);
    if (known !== undefined) return known;
    const host = this.#core.store.host(sharedId);
    this.#hosts.set(sharedId, host);
    return host;
  }

  forget(sharedId: string): void {
    this.#hosts.delete(sharedId);
  }
}
