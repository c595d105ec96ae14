/** What a node does for the others with its own memory: takes copies in, seals and removes them, and tells what it has. */
import { FabricError } from '../errors.js';
import type { BulkSource, Copies, Pieces } from '../fabric/copies.js';
import type { Copy, Farewell, InventoryBatch, MemberPort, Offer, Tombstone } from './peer-messages.js';
import type { Answering } from './ports.js';
import type { DrainMark } from './drain-mark.js';
import type { Draining } from './upkeep-messages.js';
import type { MembershipFile } from './membership-file.js';
import type { TombstoneFile } from './tombstone-file.js';

export interface HolderParts {
  node: string;
  copies: () => Copies;
  tombstones: TombstoneFile;
  /** The attempt to join that counts: what was sent because of others is void. */
  joining: () => number;
  drainMark: DrainMark;
  membership: MembershipFile;
  /** What the coordinator has yet to hear of is told now. */
  hurry: () => void;
  /** Where another node's payload of that xid comes from. */
  source: (node: string, xid: number) => BulkSource | Pieces;
  /** Brings a variable here; false when it is no more. */
  pull: (name: Buffer, copy: Copy) => Promise<boolean>;
}

export class Holder implements Answering<MemberPort> {
  readonly #parts: HolderParts;
  /** The highest that has spoken; lower ones are over. */
  #term = 0;

  constructor(parts: HolderParts) {
    this.#parts = parts;
  }

  get term(): number {
    return this.#term;
  }

  inventory(term: number, cursor: number): InventoryBatch {
    this.#obey(term);
    return this.#parts.copies().inventory(cursor);
  }

  remove(term: number, xid: number): void {
    this.#obey(term);
    this.#parts.copies().remove(xid);
  }

  shed(term: number, xid: number, joining: number): boolean {
    this.#obey(term, joining);
    return this.#parts.copies().shed(xid);
  }

  pins(term: number, xid: number): number {
    this.#obey(term);
    return this.#parts.copies().pins(xid);
  }

  async drain(term: number, draining: Draining | null): Promise<void> {
    this.#obey(term);
    await this.#parts.drainMark.set(draining);
  }

  veil(term: number, xid: number, joining: number): void {
    this.#obey(term, joining);
    this.#parts.copies().veil(xid);
  }

  unveil(term: number, xid: number, joining: number): void {
    this.#obey(term, joining);
    this.#parts.copies().unveil(xid);
  }

  async take(term: number, offer: Offer): Promise<Copy> {
    this.#obey(term);
    const { copies, source, drainMark, node } = this.#parts;
    if (drainMark.draining !== undefined)
      throw new FabricError(
        'INUSE',
        `node ${node} is being drained and takes nothing new: FABRIC.DRAIN ${node} STOP ends that`,
      );
    return copies().take(offer, source(offer.from, offer.xid));
  }

  seal(term: number, xid: number, joining?: number): Copy {
    this.#obey(term, joining);
    return this.#parts.copies().seal(xid, joining !== undefined);
  }

  release(term: number, xid: number): void {
    this.#obey(term);
    this.#parts.copies().release(xid);
  }

  conclude(term: number, xid: number): Copy | null {
    this.#obey(term);
    this.#parts.copies().release(xid);
    return this.#parts.copies().sealed(xid) ?? null;
  }

  hurry(term: number): void {
    this.#obey(term);
    this.#parts.hurry();
  }

  async keep(term: number, tombstones: readonly Tombstone[], joining: number): Promise<void> {
    this.#obey(term, joining);
    await this.#parts.tombstones.keep(tombstones);
  }

  async forgive(term: number, xids: readonly number[]): Promise<void> {
    this.#obey(term);
    await this.#parts.tombstones.forgive(xids);
  }

  async note(term: number, farewells: readonly Farewell[], joining: number): Promise<void> {
    this.#obey(term, joining);
    await this.#parts.membership.note(farewells);
  }

  async pull(term: number, name: Buffer, copy: Copy): Promise<boolean> {
    this.#obey(term);
    return this.#parts.pull(name, copy);
  }

  /** What is here, described for another node to take; null when it isn't. */
  offer(xid: number): Offer | null {
    const described = this.#parts.copies().offered(xid);
    return described === undefined ? null : { ...described, from: this.#parts.node };
  }

  #obey(term: number, joining = this.#parts.joining()): void {
    if (term < this.#term)
      throw new FabricError('FENCED', `term ${term} is over: the coordinator of term ${this.#term} has spoken`);
    this.#term = term;
    if (joining !== this.#parts.joining())
      throw new FabricError('FENCED', `node ${this.#parts.node} has joined again since that was sent`);
  }
}
