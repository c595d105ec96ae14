import { FabricError } from '../errors.js';
import type { Mapping } from '../native.js';
import { parseType, shapeFor, type TypeInfo } from '../types/datashape.js';
import { viewOf, type FabricArray } from './arrays.js';
import { NodeLostError } from './client-error.js';
import type { Holdings } from './holdings.js';
import type { Link } from './link.js';
import { fieldsOf, numberOf, textOf } from './replies.js';
import { payloadOf, type Payload } from './host.js';
import type { SharedSlot } from './slots.js';

/** What FABRIC.PTR answers. */
export interface Pointer extends Payload {
  pin: string;
  name: Buffer;
  xid: number;
  generation: number;
  node: string;
  type: string;
  dtype: string;
}

/** What a view is made of, wherever the bytes are. */
export type Described = Pick<Pointer, 'name' | 'xid' | 'generation' | 'node' | 'type' | 'dtype' | 'length'>;

/** A pointer, and the slot that its pin lives by. */
export interface Pinned {
  pointer: Described & { pin?: string };
  slot: SharedSlot | undefined;
}

export function pointerOf(reply: unknown): Pointer {
  const fields = fieldsOf(reply);
  const name = fields.get('name');
  return {
    ...payloadOf(fields),
    pin: textOf(fields.get('pin')),
    name: Buffer.isBuffer(name) ? name : Buffer.from(textOf(name)),
    xid: numberOf(fields.get('xid')),
    generation: numberOf(fields.get('generation')),
    node: textOf(fields.get('node')),
    type: textOf(fields.get('type')),
    dtype: textOf(fields.get('dtype')),
  };
}

export interface ReleaseOptions {
  /** Also removes the variable, unless its name is another's by now. */
  delete?: boolean;
}

/**
 * A sealed variable in this process. Its memory stays where it is and as it is until `release()`, which empties the views.
 *
 * What is written into the views changes this process's picture only.
 */
export class Attachment<T extends FabricArray = FabricArray> {
  readonly name: string;
  /**
   * The elements in C order: a typed array of the type's class (BigInt64Array for int64; complex numbers as pairs; date and times as
   * integers), a DataView for records and tuples, a Uint8Array for strings and bytes.
   */
  readonly array: T;
  /** The same memory, byte by byte. */
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  /** Bytes between neighbours along each dimension. */
  readonly strides: readonly number[];
  /** NumPy's typestr, or a record's descr as Python writes it. */
  readonly dtype: string;
  /** Datashape, as it was given at insert. */
  readonly type: string;
  readonly typeInfo: TypeInfo;
  readonly xid: number;
  readonly generation: number;
  readonly node: string;
  /** True when the bytes came over the connection, because this process does not see the node's shared memory. */
  readonly copied: boolean;
  /** Absent for a copy that no node keeps the variable for. */
  readonly #pin: string | undefined;
  readonly #link: Link;
  readonly #pins: Holdings<string>;

  constructor(link: Link, pins: Holdings<string>, pinned: Pinned, mapping: Mapping, copied: boolean) {
    const { pointer, slot } = pinned;
    const { buffer, offset } = mapping;
    this.typeInfo = parseType(pointer.type);
    this.shape = shapeFor(this.typeInfo, pointer.length);
    this.strides = this.typeInfo.strides;
    this.array = viewOf(this.typeInfo, buffer, offset, pointer.length) as T;
    this.bytes = new Uint8Array(buffer, offset, pointer.length);
    this.name = pointer.name.toString();
    this.dtype = pointer.dtype;
    this.type = pointer.type;
    this.xid = pointer.xid;
    this.generation = pointer.generation;
    this.node = pointer.node;
    this.copied = copied;
    this.#pin = pointer.pin;
    this.#link = link;
    this.#pins = pins;
    if (pointer.pin !== undefined) pins.add(pointer.pin, mapping, slot);
  }

  /** `shared`: the node's own memory, in place. `copied`: bytes of this process, which came over the connection. */
  get source(): 'shared' | 'copied' {
    return this.copied ? 'copied' : 'shared';
  }

  /** Lets the variable go: the views are empty from now on. Again: nothing. */
  async release(options: ReleaseOptions = {}): Promise<void> {
    const pin = this.#pin;
    if (pin === undefined && options.delete === true) throw this.#unpinned('delete it by its name');
    if (pin === undefined || !this.#pins.has(pin)) return;
    const remove = options.delete === true ? ['DELETE'] : [];
    try {
      await this.#pins.end(pin, () => this.#link.call('FABRIC.RELEASE', pin, ...remove));
    } catch (error) {
      // The node is gone. When it comes back, nobody holds the slot or connection any more which the pin lived by.
      if (!(error instanceof NodeLostError) || options.delete === true) throw error;
    }
  }

  /** The pin lives for so many milliseconds from now, whatever it lived by before. NOTFOUND when it has ended. */
  async renew(ms: number): Promise<void> {
    if (this.#pin === undefined) throw this.#unpinned('there is nothing to renew');
    await this.#link.call('FABRIC.RENEW', this.#pin, ms);
  }

  #unpinned(what: string): FabricError {
    return new FabricError('REMOTE', `${this.name} is a copy from node ${this.node}, which has no pin for it: ${what}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
