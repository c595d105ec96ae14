/** The library's compact protocol, with its integers read without an object for each: the server reads documents of many fields while its clients wait. */
import TCompactProtocol from 'thrift/lib/nodejs/lib/thrift/compact_protocol.js';
import { Malformed } from './malformed.js';
import type { ThriftBytes } from './thrift-bytes.js';

const VARINT_BYTES_MAX = 10;
/** Bits of the low part; the rest of 64 bits is exact in a number, too. */
const LOW_BITS = 28;

export class CompactReader extends TCompactProtocol {
  readonly #bytes: ThriftBytes;
  /** Of the integer read last. */
  #low = 0;
  #high = 0;

  constructor(bytes: ThriftBytes) {
    super(bytes);
    this.#bytes = bytes;
  }

  /** Lengths, and integers of 32 bits before their sign is taken out. */
  override readVarint32(): number {
    this.#readVarint();
    return this.#low + this.#high * 2 ** LOW_BITS;
  }

  /** Exact, where a number can hold it; else beyond what is safe. */
  readInteger64(): number {
    this.#readVarint();
    const half = (this.#low >>> 1) + this.#high * 2 ** (LOW_BITS - 1);
    return (this.#low & 1) === 0 ? half : -half - 1;
  }

  #readVarint(): void {
    this.#low = 0;
    this.#high = 0;
    for (let at = 0; at < VARINT_BYTES_MAX; at++) {
      const byte = this.#bytes.readByte();
      const shift = 7 * at;
      if (shift < LOW_BITS) this.#low += (byte & 0x7f) * 2 ** shift;
      else this.#high += (byte & 0x7f) * 2 ** (shift - LOW_BITS);
      if (byte < 0x80) return;
    }
    throw new Malformed(`an integer has more than ${VARINT_BYTES_MAX} bytes`);
  }
}
