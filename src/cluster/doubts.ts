/** Names whose last commit nobody knows the end of: some nodes that may have sealed it are away, and will tell when they are back. */
import { FabricError } from '../errors.js';
import { nameKey, printable } from '../fabric/names.js';
import type { Copy } from './peer-messages.js';

export interface Doubt {
  name: Buffer;
  xid: number;
  former: readonly Copy[];
  /** Those that will tell. */
  nodes: Set<string>;
}

export class Doubts {
  readonly #byName = new Map<string, Doubt>();

  note(doubt: Doubt): void {
    this.#byName.set(nameKey(doubt.name), doubt);
  }

  end({ name }: Doubt): void {
    this.#byName.delete(nameKey(name));
  }

  /** Is it that variable which is in doubt? */
  has(name: Buffer, xid: number): boolean {
    return this.#byName.get(nameKey(name))?.xid === xid;
  }

  /** Those that waited for that node, one by one; it has told now. */
  *toldBy(node: string): Generator<Doubt> {
    for (const doubt of this.#byName.values()) if (doubt.nodes.delete(node)) yield doubt;
  }

  requireNone(name: Buffer): void {
    const doubt = this.#byName.get(nameKey(name));
    if (doubt === undefined) return;
    throw new FabricError(
      'REMOTE',
      `whether ${printable(name)} is there is known when node ${[...doubt.nodes].join(' or ')} is back`,
    );
  }
}
