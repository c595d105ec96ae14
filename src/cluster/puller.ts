/** Brings copies of others' variables to this node. */
import { FabricError } from '../errors.js';
import { printable } from '../fabric/names.js';
import type { Copy, Offer } from './peer-messages.js';

export interface PullerParts {
  /** This one. */
  node: string;
  find: (name: Buffer) => Promise<readonly Copy[]>;
  /** What that node has of that xid; null: nothing. */
  offer: (node: string, xid: number) => Promise<Offer | null>;
  /** Takes the payload in, to wait for `adopt` or `release`. */
  take: (offer: Offer) => Promise<unknown>;
  /** False when the variable is no more. */
  adopt: (name: Buffer, xid: number) => Promise<boolean>;
  release: (xid: number) => void;
}

export class Puller {
  readonly #parts: PullerParts;

  constructor(parts: PullerParts) {
    this.#parts = parts;
  }

  /** False when there is no such variable. */
  async pull(name: Buffer): Promise<boolean> {
    const { node: own, find } = this.#parts;
    let tried: number | undefined;
    for (;;) {
      const copies = await find(name);
      const [copy] = copies;
      if (copy === undefined) return false;
      if (copies.some(({ node }) => node === own)) return true;
      if (await this.pullFrom(name, copy)) return true;
      // Another may have taken its place meanwhile.
      if (copy.xid === tried)
        throw new FabricError('REMOTE', `node ${copy.node} doesn't have ${printable(name)} any more: try again`);
      tried = copy.xid;
    }
  }

  /** From the node that has that copy; false when it is no more. */
  async pullFrom(name: Buffer, { node, xid }: Copy): Promise<boolean> {
    const { offer, take, adopt, release } = this.#parts;
    const offered = await offer(node, xid);
    if (offered === null) return false;
    await take(offered);
    const adopted = await adopt(name, xid).catch((error: unknown) => {
      release(xid);
      throw error;
    });
    if (!adopted) release(xid);
    return adopted;
  }
}
