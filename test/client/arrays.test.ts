import test from 'ava';
import { bytesOf, typeOf, viewOf } from '../../dist/client/arrays.js';
import { parseType } from '../../dist/types/datashape.js';

const inferred: [data: ArrayBufferView, type: string][] = [
  [new Int8Array(6), '6 * int8'],
  [new Uint8Array(6), '6 * uint8'],
  [new Uint8ClampedArray(6), '6 * uint8'],
  [new Int16Array(6), '6 * int16'],
  [new Uint16Array(6), '6 * uint16'],
  [new Int32Array(6), '6 * int32'],
  [new Uint32Array(6), '6 * uint32'],
  [new Float32Array(6), '6 * float32'],
  [new Float64Array(6), '6 * float64'],
  [new BigInt64Array(6), '6 * int64'],
  [new BigUint64Array(6), '6 * uint64'],
  [new Float64Array(0), '0 * float64'],
  [Buffer.alloc(6), 'bytes'],
  [new DataView(new ArrayBuffer(6)), 'bytes'],
];

for (const [data, type] of inferred) {
  test(`${data.constructor.name} of ${data.byteLength} bytes is ${type}`, (t) => {
    t.is(typeOf(data), type);
    if (type !== 'bytes') t.is(parseType(type).fixedBytes, data.byteLength);
  });
}

test('a shape goes before the item and must have as many elements', (t) => {
  t.is(typeOf(new Float64Array(6), [2, 3]), '2 * 3 * float64');
  t.is(typeOf(new Float64Array(1), []), 'float64');
  t.throws(() => typeOf(new Float64Array(6), [2, 4]), {
    code: 'TYPE',
    message: 'the shape [2, 4] has 8 elements, the array 6',
  });
  t.throws(() => typeOf(new Float64Array(6), [-2, -3]), { code: 'TYPE' });
  t.throws(() => typeOf(Buffer.alloc(6), [6]), { code: 'TYPE', message: /say its type/ });
});

const viewed: [type: string, view: string, length: number][] = [
  ['3 * bool', 'Uint8Array', 3],
  ['3 * ?int8', 'Int8Array', 3],
  ['3 * int16', 'Int16Array', 3],
  ['3 * int32', 'Int32Array', 3],
  ['3 * int64', 'BigInt64Array', 3],
  ['3 * uint64', 'BigUint64Array', 3],
  ['2 * 3 * float32', 'Float32Array', 6],
  ['float64', 'Float64Array', 1],
  ['3 * complex[float32]', 'Float32Array', 6],
  ['3 * complex', 'Float64Array', 6],
  ['3 * date', 'Int32Array', 3],
  ['3 * datetime', 'BigInt64Array', 3],
  ["3 * time[tz='UTC']", 'BigInt64Array', 3],
  ['3 * char', 'Uint32Array', 3],
  ['3 * fixed_bytes[5]', 'Uint8Array', 15],
  ["3 * fixed_string[5, 'utf32']", 'Uint8Array', 60],
  ['3 * {x: int32, y: float64}', 'DataView', 48],
  ['(int32, float64)', 'DataView', 16],
];

for (const [type, view, length] of viewed) {
  test(`${type} is seen as a ${view}`, (t) => {
    const info = parseType(type);
    const array = viewOf(info, new ArrayBuffer(128), 64, info.fixedBytes!);
    t.is(array.constructor.name, view);
    t.is(array.byteOffset, 64);
    t.is('length' in array ? array.length : array.byteLength, length);
  });
}

test('half floats are themselves or their bits', (t) => {
  const array = viewOf(parseType('3 * float16'), new ArrayBuffer(6), 0, 6);
  t.true(['Float16Array', 'Uint16Array'].includes(array.constructor.name));
  t.is(array.byteLength, 6);
});

test('the bytes of a view are its own part of the buffer, not copied', (t) => {
  const whole = new Float64Array([1, 2, 3, 4]);
  const bytes = bytesOf(whole.subarray(1, 3));
  t.is(bytes.length, 16);
  whole[1] = 42;
  t.is(bytes.readDoubleLE(0), 42);
});
