/** Ways in that end sealed: bytes at hand, bytes on their way over the socket, files and foreign shared memory. */
import { FabricError } from '../errors.js';
import type { Entry } from '../native.js';
import { admit, type Draft, type Label } from './admission.js';
import type { Core } from './core.js';
import type { Incoming, Payload } from './incoming.js';
import type { Placement, Placements } from './placements.js';
import { openSource, type Source } from './sources.js';

export class Inserts {
  readonly #core: Core;
  readonly #incoming: Incoming;
  readonly #placements: Placements;

  constructor(core: Core, incoming: Incoming, placements: Placements) {
    this.#core = core;
    this.#incoming = incoming;
    this.#placements = placements;
  }

  /** Stores and seals bytes at hand. */
  bytes(label: Label, payload: Buffer): Entry | Promise<Placement[]> {
    const { store, counters, waiters, options } = this.#core;
    this.#requireBulk(payload.length);
    const draft = admit(this.#core, label, payload.length);
    if (options.gate !== undefined) return this.#whole(draft, payload);
    const { name, documentation, type, length, replace } = draft;
    const entry = store.insert(name, documentation, type, payload, { replace });
    counters.inserts++;
    counters.insertedBytes += length;
    waiters.sealed(name);
    return entry;
  }

  #whole(draft: Draft, bytes: Buffer): Entry | Promise<Placement[]> {
    const payload = this.#incoming.open(draft);
    return payload.seal(payload.write(0, bytes));
  }

  /**
   * Makes room for bytes that come later. All that can be refused is refused now, but with `claim: 'at-seal'` whether the name
   * is free: commands that run before may still change that.
   */
  incoming(label: Label, length: number, claim: 'now' | 'at-seal' = 'now'): Payload {
    this.#requireBulk(length);
    return this.#incoming.open(admit(this.#core, label, length), claim);
  }

  /** Copies from a file or a shared-memory object beside the main thread. */
  async source(label: Label, source: Source): Promise<Placement[]> {
    const { fd, offset, length } = openSource(this.#core, source);
    try {
      const payload = this.#incoming.open(admit(this.#core, label, length));
      try {
        const crc32c = await this.#incoming.during(this.#core.store.copyFrom(fd, offset, payload.entry));
        const sealed = await payload.seal(crc32c);
        return typeof sealed === 'number' ? this.#placements.of(sealed) : sealed;
      } catch (error) {
        payload.abandon();
        throw error;
      }
    } finally {
      this.#core.native.closeDescriptor(fd);
    }
  }

  #requireBulk(length: number): void {
    const max = this.#core.options.limits.bulkBytesMax;
    if (length <= max) return;
    throw new FabricError(
      'ERR',
      `the payload has ${length} bytes; limits.bulk_bytes_max allows ${max} over the socket: use RESERVE, FILE or SHM`,
    );
  }
}
