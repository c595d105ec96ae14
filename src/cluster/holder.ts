/** What a node does for the others with its own memory: takes copies in, seals and removes them, and tells what it has. */
import { FabricError } from '../errors.js';
import type { Copies } from '../fabric/copies.js';
import type { NativeStore } from '../native.js';
import type { BulkSource } from './bulk-links.js';
import type { Copy, InventoryBatch, MemberPort, Offer, Tombstone } from './peer-messages.js';
import type { TombstoneFile } from './tombstone-file.js';

const INVENTORY_BYTES = 32_768;

export interface HolderParts {
  node: string;
  store: NativeStore;
  copies: () => Copies;
  tombstones: TombstoneFile;
  /** Where another node's payload of that xid comes from. */
  source: (node: string, xid: number) => BulkSource;
  /** Brings a variable here; false when it is no more. */
  pull: (name: Buffer, copy: Copy) => Promise<boolean>;
}

export class Holder implements MemberPort {
  readonly #parts: HolderParts;
  /** The highest that has spoken; lower ones are over. */
  #term = 0;

  constructor(parts: HolderParts) {
    this.#parts = parts;
  }

  get term(): number {
    return this.#term;
  }

  // Every answer is a promise: what is refused is refused as what is asked of another node is.
  async inventory(term: number, cursor: number): Promise<InventoryBatch> {
    this.#obey(term);
    const { batch, next } = this.#parts.store.inventory(cursor, INVENTORY_BYTES);
    return { batch, next };
  }

  async remove(term: number, xid: number): Promise<void> {
    this.#obey(term);
    this.#parts.copies().release(xid);
    this.#parts.store.removeXid(xid);
  }

  async veil(term: number, xid: number): Promise<void> {
    this.#obey(term);
    this.#parts.store.veil(xid);
  }

  async unveil(term: number, xid: number): Promise<void> {
    this.#obey(term);
    this.#parts.store.unveil(xid);
  }

  async take(term: number, offer: Offer): Promise<Copy> {
    this.#obey(term);
    const { copies, store, source } = this.#parts;
    return copies().take(offer, (entry) => store.receive(source(offer.from, offer.xid), entry));
  }

  async seal(term: number, xid: number): Promise<Copy> {
    this.#obey(term);
    return this.#parts.copies().seal(xid);
  }

  async release(term: number, xid: number): Promise<void> {
    this.#obey(term);
    this.#parts.copies().release(xid);
  }

  async conclude(term: number, xid: number): Promise<Copy | null> {
    this.#obey(term);
    this.#parts.copies().release(xid);
    return this.#parts.copies().sealed(xid) ?? null;
  }

  async keep(term: number, tombstones: readonly Tombstone[]): Promise<void> {
    this.#obey(term);
    await this.#parts.tombstones.keep(tombstones);
  }

  async forgive(term: number, xids: readonly number[]): Promise<void> {
    this.#obey(term);
    await this.#parts.tombstones.forgive(xids);
  }

  async pull(term: number, name: Buffer, copy: Copy): Promise<boolean> {
    this.#obey(term);
    return this.#parts.pull(name, copy);
  }

  /** What is here, described for another node to take; null when it isn't. */
  offer(xid: number): Offer | null {
    const { store, node } = this.#parts;
    const entry = store.findXid(xid);
    if (entry === undefined) return null;
    const { name, documentation, type, length, crc32c, state } = store.describe(entry);
    return state === 'SEALED' ? { name, documentation, type, xid, length, crc32c, from: node } : null;
  }

  #obey(term: number): void {
    if (term < this.#term)
      throw new FabricError('FENCED', `term ${term} is over: the coordinator of term ${this.#term} has spoken`);
    this.#term = term;
  }
}
