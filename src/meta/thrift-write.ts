/** Writes a struct in Thrift's compact protocol as its table has it; a value that isn't as the table says is refused with its place, so that JSON of anybody's may be written. */
import TCompactProtocol from 'thrift/lib/nodejs/lib/thrift/compact_protocol.js';
import { Malformed } from './malformed.js';
import { ThriftBytes } from './thrift-bytes.js';
import type { StructTable, ThriftType } from './thrift-table.js';
import { wireType } from './thrift-wire.js';

const I32_MAX = 2 ** 31 - 1;

export function writeStruct<T>(table: StructTable<T>, value: T): Buffer {
  const bytes = new ThriftBytes();
  writeFields(new TCompactProtocol(bytes), table, value, '');
  return bytes.written;
}

function writeFields(protocol: TCompactProtocol, table: StructTable, value: unknown, path: string): void {
  const given = recordOf(value, path === '' ? table.name : path);
  const place = (name: string) => (path === '' ? name : `${path}.${name}`);
  const stranger = Object.keys(given).find((name) => !table.fields.some((field) => field.name === name));
  if (stranger !== undefined) throw new Malformed(`${place(stranger)}: ${table.name} has no such field`);
  protocol.writeStructBegin(table.name);
  for (const { id, name, required, type } of table.fields) {
    const field = given[name];
    if (field === undefined) {
      if (required) throw new Malformed(`${place(name)}: it is missing`);
      continue;
    }
    protocol.writeFieldBegin(name, wireType(type), id);
    writeValue(protocol, type, field, place(name));
  }
  protocol.writeFieldStop();
  protocol.writeStructEnd();
}

function writeValue(protocol: TCompactProtocol, type: ThriftType, value: unknown, path: string): void {
  if (type === 'i32') protocol.writeI32(integerOf(value, I32_MAX, path));
  else if (type === 'i64') protocol.writeI64(integerOf(value, Number.MAX_SAFE_INTEGER, path));
  else if (type === 'string') protocol.writeString(stringOf(value, path));
  else if ('struct' in type) writeFields(protocol, type.struct, value, path);
  else if ('list' in type) writeList(protocol, type.list, value, path);
  else writeMap(protocol, type.map, value, path);
}

function writeList(protocol: TCompactProtocol, element: ThriftType, value: unknown, path: string): void {
  if (!Array.isArray(value)) throw new Malformed(`${path}: it is no list`);
  protocol.writeListBegin(wireType(element), value.length);
  value.forEach((item: unknown, at) => writeValue(protocol, element, item, `${path}[${at}]`));
}

function writeMap(protocol: TCompactProtocol, element: ThriftType, value: unknown, path: string): void {
  if (!(value instanceof Map)) throw new Malformed(`${path}: it is no map`);
  protocol.writeMapBegin(wireType('string'), wireType(element), value.size);
  for (const [key, item] of value as Map<unknown, unknown>) {
    protocol.writeString(stringOf(key, path));
    writeValue(protocol, element, item, `${path}[${JSON.stringify(key)}]`);
  }
}

function recordOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Malformed(`${path}: it is no struct`);
}

function integerOf(value: unknown, max: number, path: string): number {
  if (Number.isSafeInteger(value) && Math.abs(value as number) <= max) return value as number;
  throw new Malformed(`${path}: it is no integer up to ${max}`);
}

function stringOf(value: unknown, path: string): string {
  if (typeof value === 'string' && isWellFormed(value)) return value;
  throw new Malformed(`${path}: it is no string`);
}

/** Half a surrogate pair can't be written in UTF-8. */
const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text);
