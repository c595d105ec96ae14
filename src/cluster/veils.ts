/**
 * Values that are about to be replaced: whoever looks a veiled one up by its name on its own node is sent to the coordinator, and waits for
 * the outcome there.
 */
import type { Copy, MemberPort } from './peer-messages.js';
import type { Roster } from './roster.js';

export interface VeilsParts {
  term: number;
  roster: Roster;
  member: (node: string) => MemberPort;
  expel: (node: string, why: unknown) => void;
}

export class Veils {
  readonly #parts: VeilsParts;

  constructor(parts: VeilsParts) {
    this.#parts = parts;
  }

  /** All of them; rejects when one can't be. */
  async lay(copies: readonly Copy[]): Promise<void> {
    const { member, term, roster } = this.#parts;
    await Promise.all(copies.map(({ node, xid }) => member(node).veil(term, xid, roster.joiningOf(node))));
  }

  lift(copies: readonly Copy[]): void {
    const { member, term, roster, expel } = this.#parts;
    for (const { node, xid } of copies) {
      // A node that joins again lifts its veils.
      member(node)
        .unveil(term, xid, roster.joiningOf(node))
        .catch((error: unknown) => expel(node, error));
    }
  }
}
