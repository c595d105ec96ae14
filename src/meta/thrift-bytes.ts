/** Bytes for the library's protocol to read and write. Whatever length the bytes declare, no more is read than there is, and nothing is allocated for it. */
import type { ThriftTransport } from 'thrift/lib/nodejs/lib/thrift/compact_protocol.js';
import { Malformed } from './malformed.js';

export class ThriftBytes implements ThriftTransport {
  readonly #bytes: Buffer;
  #at = 0;
  readonly #written: Buffer[] = [];

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  get written(): Buffer {
    return Buffer.concat(this.#written);
  }

  readByte(): number {
    if (this.#at === this.#bytes.length) throw new Malformed('it ends within this');
    return this.#bytes[this.#at++]!;
  }

  read(bytes: number): Buffer {
    if (!(bytes >= 0 && bytes <= this.left)) throw new Malformed(`it ends within this: ${this.left} bytes are left`);
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }

  readString(bytes: number): string {
    return this.read(bytes).toString();
  }

  write(bytes: Buffer): void {
    this.#written.push(bytes);
  }
}
