/** Room at the node that this process fills in place. */
import { FabricError } from '../errors.js';
import type { Mapping } from '../native.js';
import { parseType, shapeFor, type TypeInfo } from '../types/datashape.js';
import { viewOf, type FabricArray } from './arrays.js';
import type { Holdings } from './holdings.js';
import { mapPayload, payloadOf, type Payload } from './host.js';
import type { Argument, Link } from './link.js';
import { fieldsOf, numberOf, placementsOf, textOf, type Placement } from './replies.js';
import type { SharedSlot } from './slots.js';
import type { Taker } from './taker.js';

export interface ReserveOptions {
  documentation?: string;
  /** Bytes; needed when the type leaves it open (`var * …`, `string`, `bytes`). */
  length?: number;
  /** Replaces a sealed variable of the name, at seal. */
  replace?: boolean;
  /** Lives for so many milliseconds instead of as long as this process. */
  lease?: number;
}

/** A claimed name with room to write. Readers see it from `seal()` on. */
export class Reservation<T extends FabricArray = FabricArray> {
  readonly name: string;
  readonly type: string;
  readonly typeInfo: TypeInfo;
  /** Writable in place; as in Attachment. Its first content is undefined. */
  readonly array: T;
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  /** Bytes between neighbours along each dimension. */
  readonly strides: readonly number[];
  readonly xid: number;
  readonly node: string;
  readonly #link: Link;
  readonly #reservations: Holdings<number>;

  constructor(link: Link, reservations: Holdings<number>, made: Made, mapping: Mapping) {
    this.name = made.name.toString();
    this.type = made.type;
    this.typeInfo = parseType(made.type);
    this.shape = shapeFor(this.typeInfo, made.length);
    this.strides = this.typeInfo.strides;
    this.array = viewOf(this.typeInfo, mapping.buffer, mapping.offset, made.length) as T;
    this.bytes = new Uint8Array(mapping.buffer, mapping.offset, made.length);
    this.xid = made.xid;
    this.node = made.node;
    this.#link = link;
    this.#reservations = reservations;
    reservations.add(made.xid, mapping, made.slot);
  }

  /**
   * Makes it a variable. The views are empty from now on, whatever the reply: what is sealed never changes. Should the reply be
   * lost, it may be called again.
   */
  async seal(): Promise<Placement[]> {
    return placementsOf(await this.#reservations.end(this.xid, () => this.#link.call('FABRIC.SEAL', this.xid)));
  }

  /** Gives the room and the name back. Nothing after `seal()` or `abort()`. */
  async abort(): Promise<void> {
    if (!this.#reservations.has(this.xid)) return;
    await this.#reservations.end(this.xid, () => this.#link.call('FABRIC.ABORT', this.xid));
  }

  /** Aborts what was not sealed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort();
  }
}

interface Made extends Payload {
  name: Buffer;
  type: string;
  xid: number;
  node: string;
  /** What it lives by. */
  slot: SharedSlot | undefined;
}

/** REMOTE when this process can't write to the node's memory: another machine, another user. */
export async function reserve<T extends FabricArray>(
  link: Link,
  reservations: Holdings<number>,
  taker: Taker,
  name: Buffer,
  type: string,
  options: ReserveOptions,
): Promise<Reservation<T>> {
  const args: Argument[] = [name, options.documentation ?? '', type];
  if (options.length !== undefined) args.push('LENGTH', options.length);
  if (options.replace === true) args.push('REPLACE');
  const { reply, slot } = await taker.take(['FABRIC.RESERVE', ...args], options.lease);
  const fields = fieldsOf(reply);
  const node = textOf(fields.get('node'));
  const made = { ...payloadOf(fields), name, type, node, slot, xid: numberOf(fields.get('xid')) };
  try {
    const mapping = mapPayload(made, true);
    if (mapping !== undefined) return new Reservation<T>(link, reservations, made, mapping);
    throw new FabricError(
      'REMOTE',
      `this process can't write to the shared memory of ${node}: insert the bytes instead`,
    );
  } catch (error) {
    await link.call('FABRIC.ABORT', made.xid).catch(() => undefined);
    slot?.drop();
    throw error;
  }
}
