/**
 * The coordinator's account of removed variables that some nodes may still have, because they couldn't be told. All nodes keep it, so that no
 * such variable comes back with its node, whoever coordinates then.
 */
import type { Tombstone } from './peer-messages.js';

export class Graves {
  readonly #byXid = new Map<number, { name: Buffer; awaited: Set<string> }>();

  get size(): number {
    return this.#byXid.size;
  }

  /** Notes more of what is awaited; returns the tombstone as it stands now. */
  add({ name, xid, awaited }: Tombstone): Tombstone {
    const grave = this.#byXid.get(xid) ?? { name, awaited: new Set() };
    for (const node of awaited) grave.awaited.add(node);
    this.#byXid.set(xid, grave);
    return tombstoneOf(xid, grave);
  }

  /** What a node is to remove before anybody is told what it has. */
  awaiting(node: string): Tombstone[] {
    return [...this.#byXid]
      .filter(([, { awaited }]) => awaited.has(node))
      .map(([xid, grave]) => tombstoneOf(xid, grave));
  }

  /** The node has removed them, or is gone for good; returns those that nobody is awaited for any more. */
  settle(node: string, xids: readonly number[]): number[] {
    return xids.filter((xid) => {
      const grave = this.#byXid.get(xid);
      if (grave === undefined) return false;
      grave.awaited.delete(node);
      return grave.awaited.size === 0 && this.#byXid.delete(xid);
    });
  }
}

const tombstoneOf = (xid: number, { name, awaited }: { name: Buffer; awaited: ReadonlySet<string> }): Tombstone => ({
  name,
  xid,
  awaited: [...awaited],
});
