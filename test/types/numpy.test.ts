import test from 'ava';
import { missingBytes } from '../../dist/types/missing.js';
import { parseType } from '../../dist/types/datashape.js';
import { SCALARS, type ScalarName } from '../../dist/types/scalars.js';

/** `numpy.dtype(…).str` and itemsize. */
const typestrs: Record<ScalarName, [string, number]> = {
  bool: ['|b1', 1],
  int8: ['|i1', 1],
  int16: ['<i2', 2],
  int32: ['<i4', 4],
  int64: ['<i8', 8],
  uint8: ['|u1', 1],
  uint16: ['<u2', 2],
  uint32: ['<u4', 4],
  uint64: ['<u8', 8],
  float16: ['<f2', 2],
  float32: ['<f4', 4],
  float64: ['<f8', 8],
  'complex[float32]': ['<c8', 8],
  'complex[float64]': ['<c16', 16],
  date: ['<i4', 4],
  time: ['<m8[100ns]', 8],
  "time[tz='UTC']": ['<m8[100ns]', 8],
  datetime: ['<M8[100ns]', 8],
  "datetime[tz='UTC']": ['<M8[100ns]', 8],
  char: ['<U1', 4],
};

test('every scalar has its typestr', (t) => {
  t.deepEqual(Object.keys(typestrs), Object.keys(SCALARS));
  for (const [name, [typestr, bytes]] of Object.entries(typestrs)) {
    const info = parseType(name);
    t.deepEqual([info.dtype, info.dtypeText, info.itemBytes], [typestr, typestr, bytes], name);
  }
});

/** `numpy.dtype([…], align=True).descr`. */
const descrs: [type: string, literal: string][] = [
  ['fixed_bytes[9]', '|V9'],
  ['fixed_string[9]', '|S9'],
  ["fixed_string[9, 'ascii']", '|S9'],
  ["fixed_string[9, 'utf16']", '|V18'],
  ["fixed_string[9, 'utf32']", '<U9'],
  ['5 * ?float32', '<f4'],
  ['{x: int32, y: float64}', "[('x', '<i4'), ('', '|V4'), ('y', '<f8')]"],
  ['{y: float64, x: int32}', "[('y', '<f8'), ('x', '<i4'), ('', '|V4')]"],
  ['(int32, float64)', "[('f0', '<i4'), ('', '|V4'), ('f1', '<f8')]"],
  ['{a: int8, b: 2 * 3 * int16}', "[('a', '|i1'), ('', '|V1'), ('b', '<i2', (2, 3))]"],
  ['7 * {a: 3 * {b: int8, c: int16}}', "[('a', [('b', '|i1'), ('', '|V1'), ('c', '<i2')], (3,))]"],
  ["{'a b': int8, 'it\\'s': int8, '日': int8}", "[('a b', '|i1'), ('it\\'s', '|i1'), ('\\u65e5', '|i1')]"],
];

for (const [type, literal] of descrs) {
  test(`the dtype of ${type}`, (t) => t.is(parseType(type).dtypeText, literal));
}

test('a descr is nested lists of fields', (t) => {
  t.deepEqual(parseType('7 * {a: 3 * {b: int8, c: int16}, d: ?bool}').dtype, [
    [
      'a',
      [
        ['b', '|i1'],
        ['', '|V1'],
        ['c', '<i2'],
      ],
      [3],
    ],
    ['d', '|b1'],
    ['', '|V1'],
  ]);
});

/** Memory as DyND's assign_na leaves it. */
const missing: [ScalarName, string][] = [
  ['bool', '02'],
  ['int8', '80'],
  ['int16', '0080'],
  ['int32', '00000080'],
  ['int64', '0000000000000080'],
  ['uint8', 'ff'],
  ['uint16', 'ffff'],
  ['uint32', 'ffffffff'],
  ['uint64', 'ffffffffffffffff'],
  ['float16', '0a7e'],
  ['float32', 'a207807f'],
  ['float64', 'a20700000000f07f'],
  ['complex[float32]', 'a207807fa207807f'],
  ['complex[float64]', 'a20700000000f07fa20700000000f07f'],
  ['date', '00000080'],
  ['time', '0000000000000080'],
  ['datetime', '0000000000000080'],
];

for (const [name, hex] of missing) {
  test(`NA of ${name}`, (t) => {
    t.is(Buffer.from(missingBytes(name)!).toString('hex'), hex);
    t.is(missingBytes(name)!.length, SCALARS[name].bytes);
    const info = parseType(`3 * ?${name}`);
    t.true(info.optional);
    t.deepEqual({ ...info, text: '', optional: false }, { ...parseType(`3 * ${name}`), text: '' });
  });
}

test('the NA of floats are NaN, and that of datetime is NaT', (t) => {
  t.is(new Float32Array(missingBytes('float32')!.slice().buffer)[0], NaN);
  t.is(new Float64Array(missingBytes('float64')!.slice().buffer)[0], NaN);
  t.is(new BigInt64Array(missingBytes('datetime')!.slice().buffer)[0], -(2n ** 63n));
  t.is(missingBytes('char'), undefined);
});
