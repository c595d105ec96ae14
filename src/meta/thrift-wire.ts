import thrift from 'thrift/lib/nodejs/lib/thrift/thrift.js';
import type { ThriftType } from './thrift-table.js';

const { I32, I64, STRING, LIST, MAP, STRUCT } = thrift.Type;

/** Thrift's number for a type. */
export function wireType(type: ThriftType): number {
  if (type === 'i32') return I32;
  if (type === 'i64') return I64;
  if (type === 'string') return STRING;
  return 'list' in type ? LIST : 'map' in type ? MAP : STRUCT;
}
