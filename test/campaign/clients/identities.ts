/** What a reader has seen of each variable: an xid means the same payload for ever, and a generation of it the same place. */
import type { Placement } from '../../../dist/client/index.js';
import { faultOf, nonceOf } from './payload.js';

export type Sight = Pick<Placement, 'xid' | 'generation' | 'offset'> & { shm: string };

/** Variables live shortly: older ones are never met again. */
const REMEMBERED = 10_000;

export class Identities {
  readonly #seen = new Map<string, string>();

  /** Throws when the bytes aren't those of the name's variable that was found there. */
  check(name: string, bytes: Uint8Array, { xid, generation, shm, offset }: Sight): void {
    const which = `${name} (xid ${xid}, generation ${generation}) at ${shm} offset ${offset}`;
    const fault = faultOf(bytes, name);
    if (fault !== undefined) throw new Error(`${which}: ${fault}`);
    this.#same(`${xid}`, nonceOf(bytes), `${which}: another payload than before`);
    this.#same(`${xid}.${generation}`, `${shm} ${offset}`, `${which}: another place than before`);
  }

  #same(key: string, value: string, otherwise: string): void {
    const known = this.#seen.get(key);
    if (known !== undefined && known !== value) throw new Error(otherwise);
    this.#seen.set(key, value);
    if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.keys().next().value!);
  }
}
