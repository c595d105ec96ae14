/** Commits whose sealing is awaited: their names are locked until their end is known. */
import { FabricError } from '../errors.js';
import { nameKey } from '../fabric/names.js';
import type { Candidate, Copy } from './peer-messages.js';

export interface Grant {
  /** The writer. */
  node: string;
  candidate: Candidate;
  former: readonly Copy[];
  /** Unlocks the name. */
  release: () => void;
}

/** Of those the commit is on its way for seconds at most. */
const OVER_MAX = 10_000;

export class Grants {
  /** By xid. */
  readonly #awaited = new Map<number, Grant>();
  /** Xids whose end is being asked for. */
  readonly #concluding = new Set<number>();
  /** Outcomes that were told before the commit came, or again: whoever asks for leave then has given up since. */
  readonly #over = new Set<number>();

  give(grant: Grant): void {
    this.#awaited.set(grant.candidate.xid, grant);
  }

  of(xid: number): Grant | undefined {
    return this.#awaited.get(xid);
  }

  to(node: string): Grant[] {
    return [...this.#awaited.values()].filter((grant) => grant.node === node);
  }

  /** Who is to tell how the sealing of that name ends, or, without one, of any. */
  writers(key: string | undefined): Set<string> {
    const grants = [...this.#awaited.values()];
    const wanted = key === undefined ? grants : grants.filter(({ candidate }) => nameKey(candidate.name) === key);
    return new Set(wanted.map(({ node }) => node));
  }

  /** Nobody knows its end yet. */
  isOpen(xid: number): boolean {
    return this.#awaited.has(xid) || this.#concluding.has(xid);
  }

  /** Nobody waits for its writer any more; it is open until `end`. */
  conclude({ candidate }: Grant): void {
    this.#awaited.delete(candidate.xid);
    this.#concluding.add(candidate.xid);
  }

  end({ candidate, release }: Grant): void {
    this.#concluding.delete(candidate.xid);
    release();
  }

  noteOver(xid: number): void {
    const [oldest] = this.#over;
    if (this.#over.size === OVER_MAX) this.#over.delete(oldest!);
    this.#over.add(xid);
  }

  requireWanted({ xid }: Candidate): void {
    if (this.#over.has(xid)) throw new FabricError('NOCOORD', `whoever wrote ${xid} has given up meanwhile: try again`);
  }
}
