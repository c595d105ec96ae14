import test from 'ava';
import fc from 'fast-check';
import { describeType, formatType, parseText, parseType, shapeFor } from '../../dist/types/datashape.js';
import { layoutOf, type FieldLayout, type ItemLayout } from '../../dist/types/layout.js';
import { item, variable } from './arbitrary.js';

/** sizeof, alignof and offsetof of the same struct, as g++ says on x86-64. */
const structs: [type: string, sizeOf: number, alignOf: number, offsets: number[]][] = [
  ['{x: int32, y: float64}', 16, 8, [0, 8]],
  ['{a: int8, b: int16, c: int8}', 6, 2, [0, 2, 4]],
  ['{a: int8, b: int64, c: int8}', 24, 8, [0, 8, 16]],
  ['{a: bool, b: complex[float32], c: bool}', 16, 4, [0, 4, 12]],
  ['{a: int8, b: complex[float64]}', 24, 8, [0, 8]],
  ['{a: int8, b: 3 * float32, c: int8}', 20, 4, [0, 4, 16]],
  ['{a: int8, b: 2 * 3 * int16, c: ?int8}', 16, 2, [0, 2, 14]],
  ['{a: int8, b: {c: int16, d: 3 * ?float32}, e: int8}', 24, 4, [0, 4, 20]],
  ['{a: int8, b: 2 * {c: int64, d: int8}, e: int16}', 48, 8, [0, 8, 40]],
  ['{a: int8, b: fixed_bytes[16, align=16], c: int8}', 48, 16, [0, 16, 32]],
  ["{a: int8, b: fixed_string[3, 'utf16'], c: fixed_string[3, 'utf32']}", 20, 4, [0, 2, 8]],
  ['{a: fixed_string[3], b: date, c: datetime, d: time, e: char}', 32, 8, [0, 4, 8, 16, 24]],
  ['(int8, float16, (int8, float64))', 24, 8, [0, 2, 8]],
];

const fieldsOf = (layout: ItemLayout): readonly FieldLayout[] =>
  'fields' in layout.element ? layout.element.fields : [];

for (const [type, sizeOf, alignOf, offsets] of structs) {
  test(`${type} is laid out as in C`, (t) => {
    const info = parseType(type);
    t.is(info.itemBytes, sizeOf);
    t.is(info.align, alignOf);
    t.is(info.fixedBytes, sizeOf);
    t.deepEqual(
      fieldsOf(layoutOf(parseText(type))).map(({ offset }) => offset),
      offsets,
    );
  });
}

test('fields are aligned, in order, apart, and inside their record', (t) => {
  const check = (layout: ItemLayout): void => {
    t.is(layout.bytes % layout.align, 0);
    let end = 0;
    for (const { offset, item: field } of fieldsOf(layout)) {
      t.is(offset % field.align, 0);
      t.true(offset >= end && offset - end < field.align);
      t.true(layout.align >= field.align);
      end = offset + field.bytes;
      check(field);
    }
    const elements = layout.shape.reduce((product, size) => product * size, 1);
    t.is(layout.bytes, elements * layout.element.bytes);
    t.true(layout.element.bytes - end < layout.align || end === 0);
  };
  fc.assert(fc.property(item, (node) => check(layoutOf(node))));
});

test('a type survives being written and read', (t) => {
  fc.assert(
    fc.property(variable, (node) => {
      const text = formatType(node);
      t.is(formatType(parseText(text)), text);
      t.deepEqual(describeType(parseText(text)), describeType(node));
    }),
  );
});

test('strides are C order, and the length is that of the shape', (t) => {
  fc.assert(
    fc.property(item, fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), (node, sizes) => {
      const outer = sizes.reduceRight<typeof node>(
        (element, size) => ({ kind: 'dimension', size, element, column: 1 }),
        node,
      );
      const { shape, strides, itemBytes, fixedBytes } = describeType(outer);
      t.deepEqual(shape.slice(0, sizes.length), sizes);
      t.is(
        fixedBytes,
        shape.reduce<number>((product, size) => product * size!, itemBytes),
      );
      let expected = itemBytes;
      for (let i = shape.length - 1; i >= 0; i--) {
        t.is(strides[i], expected);
        expected *= Math.max(shape[i]!, 1);
      }
    }),
  );
});

test('var takes its size from the payload', (t) => {
  const info = parseType('var * 3 * {x: int32, y: float64}');
  t.is(info.fixedBytes, undefined);
  t.deepEqual(info.shape, [null, 3]);
  t.deepEqual(info.strides, [48, 16]);
  t.deepEqual(shapeFor(info, 480), [10, 3]);
  t.deepEqual(shapeFor(info, 0), [0, 3]);
  t.throws(() => shapeFor(info, 479), {
    code: 'TYPE',
    message: "'var * 3 * {x: int32, y: float64}' has a multiple of 48 bytes, the payload 479",
  });
});

test('another length than that of the type is refused with both numbers', (t) => {
  const info = parseType('40 * 20 * float64');
  t.deepEqual(shapeFor(info, 6400), [40, 20]);
  for (const length of [0, 6399, 6401, 12800]) {
    t.throws(() => shapeFor(info, length), {
      code: 'TYPE',
      message: `'40 * 20 * float64' has 6400 bytes, the payload ${length}`,
    });
  }
  t.deepEqual(shapeFor(parseType('0 * 3 * int8'), 0), [0, 3]);
  t.deepEqual(shapeFor(parseType('float64'), 8), []);
});

test('string and bytes take any length', (t) => {
  for (const type of ['string', 'bytes']) {
    const info = parseType(type);
    t.deepEqual(shapeFor(info, 0), [0]);
    t.deepEqual(shapeFor(info, 12345), [12345]);
    t.deepEqual([info.dtype, info.strides, info.itemBytes, info.align], ['|u1', [1], 1, 1]);
  }
});

test('what is cached can not be changed by a caller', (t) => {
  const info = parseType('3 * {x: int8, y: int16}');
  t.true(Object.isFrozen(info) && Object.isFrozen(info.shape) && Object.isFrozen(info.strides));
  t.is(parseType('3 * {x: int8, y: int16}'), info);
});
