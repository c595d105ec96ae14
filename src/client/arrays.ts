/** Between JavaScript's typed arrays and datashape types. */
import { FabricError } from '../errors.js';
import type { ScalarName, TypeInfo } from '../types/datashape.js';

export type NumberArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** A view of a payload: elements in C order; a DataView for records and tuples. */
export type FabricArray = NumberArray | DataView;

interface ArrayClass {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): NumberArray;
}

/** Half floats, on runtimes that have them; elsewhere their bits. */
const Float16 = (globalThis as { Float16Array?: ArrayClass }).Float16Array ?? Uint16Array;

/** Complex numbers are two elements each: real, imaginary. */
const CLASSES: Readonly<Record<ScalarName, ArrayClass>> = {
  bool: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Float16,
  float32: Float32Array,
  float64: Float64Array,
  'complex[float32]': Float32Array,
  'complex[float64]': Float64Array,
  date: Int32Array,
  time: BigInt64Array,
  "time[tz='UTC']": BigInt64Array,
  datetime: BigInt64Array,
  "datetime[tz='UTC']": BigInt64Array,
  char: Uint32Array,
};

/** The view of `length` bytes at `offset` that suits the type. */
export function viewOf(info: TypeInfo, buffer: ArrayBuffer, offset: number, length: number): FabricArray {
  if (info.kind === 'record' || info.kind === 'tuple') return new DataView(buffer, offset, length);
  const Class = info.scalar === undefined ? Uint8Array : CLASSES[info.scalar];
  return new Class(buffer, offset, length / Class.BYTES_PER_ELEMENT);
}

/** What each kind of typed array holds. By tag, so that arrays of other realms count too. */
const ITEMS: Readonly<Record<string, string>> = {
  Int8Array: 'int8',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  Int16Array: 'int16',
  Uint16Array: 'uint16',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  BigInt64Array: 'int64',
  BigUint64Array: 'uint64',
  Float16Array: 'float16',
  Float32Array: 'float32',
  Float64Array: 'float64',
};

/**
 * The type of an array: `6 * float64` for a Float64Array of 6, or with `shape` [2, 3] `2 * 3 * float64`. A Buffer or
 * DataView is `bytes`. TYPE when the shape has another number of elements.
 */
export function typeOf(data: ArrayBufferView, shape?: readonly number[]): string {
  const tag = Object.prototype.toString.call(data).slice('[object '.length, -1);
  const item = Buffer.isBuffer(data) ? undefined : ITEMS[tag];
  if (item === undefined) {
    if (shape === undefined) return 'bytes';
    throw new FabricError('TYPE', `a ${Buffer.isBuffer(data) ? 'Buffer' : tag} has no elements to shape: say its type`);
  }
  const { length } = data as NumberArray;
  if (shape === undefined) return `${length} * ${item}`;
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements !== length || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new FabricError('TYPE', `the shape [${shape.join(', ')}] has ${elements} elements, the array ${length}`);
  }
  return [...shape, item].join(' * ');
}

/** The bytes of a view, not copied. */
export const bytesOf = (data: ArrayBufferView): Buffer =>
  Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
