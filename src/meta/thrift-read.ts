/**
 * Reads a struct in Thrift's compact protocol as its table has it, and nothing else: unknown fields, other types, fields there twice, and bytes behind it are
 * refused with the place. What is read is bounded by the bytes there are.
 */
import { isUtf8 } from 'node:buffer';
import thrift from 'thrift/lib/nodejs/lib/thrift/thrift.js';
import { Malformed } from './malformed.js';
import { ThriftBytes } from './thrift-bytes.js';
import { CompactReader } from './thrift-protocol.js';
import type { StructTable, ThriftType } from './thrift-table.js';
import { wireType } from './thrift-wire.js';

/** The least an element of a collection takes. */
const ELEMENT_BYTES_MIN = 1;

export function readStruct<T>(table: StructTable<T>, bytes: Buffer): T {
  const reader = new Reader(bytes);
  const value = reader.whole(table);
  // The table and T were made of the same struct.
  return value as T;
}

/** Field 1 of any struct, when that is an i32. */
export function readFirstInteger(bytes: Buffer): number | undefined {
  const protocol = new CompactReader(new ThriftBytes(bytes));
  try {
    protocol.readStructBegin();
    const { fid, ftype } = protocol.readFieldBegin();
    return fid === 1 && ftype === thrift.Type.I32 ? protocol.readI32() : undefined;
  } catch {
    return undefined;
  }
}

class Reader {
  readonly #bytes: ThriftBytes;
  readonly #protocol: CompactReader;
  /** Where it is: names of fields, and indices. */
  readonly #path: (string | number)[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = new ThriftBytes(bytes);
    this.#protocol = new CompactReader(this.#bytes);
  }

  whole(table: StructTable): unknown {
    try {
      const value = this.#struct(table);
      if (this.#bytes.left > 0) throw new Malformed(`there are ${this.#bytes.left} bytes behind it`);
      return value;
    } catch (error) {
      // The library's own errors are of its reading, too.
      const where = this.#path.reduce<string>(
        (text, part) => text + (typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${part}`),
        '',
      );
      throw new Malformed(`${where === '' ? table.name : where}: ${(error as Error).message}`);
    }
  }

  #struct(table: StructTable): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    this.#protocol.readStructBegin();
    for (;;) {
      const { ftype, fid } = this.#protocol.readFieldBegin();
      if (ftype === thrift.Type.STOP) break;
      const field = table.fields.find(({ id }) => id === fid);
      if (field === undefined) throw new Malformed(`${table.name} has no field ${fid}`);
      this.#path.push(field.name);
      if (Object.hasOwn(found, field.name)) throw new Malformed('it is there twice');
      this.#expect(ftype, field.type);
      found[field.name] = this.#value(field.type);
      this.#path.pop();
    }
    this.#protocol.readStructEnd();
    const missing = table.fields.find(({ name, required }) => required && !Object.hasOwn(found, name));
    if (missing !== undefined) throw new Malformed(`${missing.name} is missing`);
    return found;
  }

  #value(type: ThriftType): unknown {
    if (type === 'i32') return this.#protocol.readI32();
    if (type === 'i64') return this.#i64();
    if (type === 'string') return this.#string();
    if ('struct' in type) return this.#struct(type.struct);
    return 'list' in type ? this.#list(type.list) : this.#map(type.map);
  }

  #i64(): number {
    const value = this.#protocol.readInteger64();
    if (!Number.isSafeInteger(value)) throw new Malformed('it is beyond 2^53');
    return value;
  }

  #string(): string {
    const bytes = this.#protocol.readBinary();
    if (!isUtf8(bytes)) throw new Malformed('it is no UTF-8');
    return bytes.toString();
  }

  #list(element: ThriftType): unknown[] {
    const { etype, size } = this.#protocol.readListBegin();
    if (size > 0) this.#expect(etype, element);
    this.#fits(size, ELEMENT_BYTES_MIN);
    const values: unknown[] = [];
    for (let at = 0; at < size; at++) {
      this.#path.push(at);
      values.push(this.#value(element));
      this.#path.pop();
    }
    return values;
  }

  #map(value: ThriftType): Map<string, unknown> {
    const { size, ktype, vtype } = this.#protocol.readMapBegin();
    if (size > 0) {
      this.#expect(ktype, 'string');
      this.#expect(vtype, value);
    }
    this.#fits(size, 2 * ELEMENT_BYTES_MIN);
    const values = new Map<string, unknown>();
    for (let at = 0; at < size; at++) {
      this.#path.push(at);
      const key = this.#string();
      if (values.has(key)) throw new Malformed(`${JSON.stringify(key)} is there twice`);
      values.set(key, this.#value(value));
      this.#path.pop();
    }
    return values;
  }

  #fits(size: number, elementBytes: number): void {
    if (size * elementBytes <= this.#bytes.left) return;
    throw new Malformed(`it is to have ${size} elements, and only ${this.#bytes.left} bytes are left`);
  }

  #expect(found: number, type: ThriftType): void {
    if (found !== wireType(type)) throw new Malformed(`it has the type ${found} of Thrift, not ${wireType(type)}`);
  }
}
