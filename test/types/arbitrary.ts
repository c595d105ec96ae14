/** Random types that can lie in shared memory. */
import fc from 'fast-check';
import type { Encoding, ScalarNode, TypeNode } from '../../dist/types/ast.js';
import { MISSING } from '../../dist/types/missing.js';
import { SCALARS, type ScalarName } from '../../dist/types/scalars.js';

const column = 1;
const names = Object.keys(SCALARS) as ScalarName[];
const encodings: Encoding[] = ['ascii', 'ucs2', 'utf8', 'utf16', 'utf32'];

const scalarOf = (choices: ScalarName[]) =>
  fc.constantFrom(...choices).map((name): ScalarNode => ({ kind: 'scalar', name, column }));

const leaf: fc.Arbitrary<TypeNode> = fc.oneof(
  { weight: 5, arbitrary: scalarOf(names) },
  scalarOf(names.filter((name) => MISSING[name] !== undefined)).map((value): TypeNode => ({
    kind: 'option',
    value,
    column,
  })),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 2, 4, 8, 16))
    .map(([blocks, align]): TypeNode => ({ kind: 'fixed_bytes', bytes: blocks * align, align, column })),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom(...encodings))
    .map(([size, encoding]): TypeNode => ({ kind: 'fixed_string', size, encoding, column })),
);

const fieldName = fc.oneof(
  fc.constantFrom('x', 'y', '_', 'a b', "it's", '"', '\\', 'é', '日本', '😀', '\n', 'var', 'int32', '__proto__'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }),
);

/** A type of fixed width. */
export const item: fc.Arbitrary<TypeNode> = fc.letrec<{ item: TypeNode }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    leaf,
    fc
      .tuple(fc.integer({ min: 1, max: 4 }), tie('item'))
      .map(([size, element]): TypeNode => ({ kind: 'dimension', size, element, column })),
    fc
      .uniqueArray(fc.tuple(fieldName, tie('item')), { minLength: 1, maxLength: 6, selector: ([name]) => name })
      .map((fields): TypeNode => ({ kind: 'record', fields: fields.map(([name, type]) => ({ name, type })), column })),
    fc.array(tie('item'), { minLength: 1, maxLength: 5 }).map((items): TypeNode => ({ kind: 'tuple', items, column })),
  ),
})).item;

/** Any type of a variable. */
export const variable: fc.Arbitrary<TypeNode> = fc.oneof(
  { weight: 6, arbitrary: item },
  item.map((element): TypeNode => ({ kind: 'dimension', size: null, element, column })),
  fc.constantFrom<TypeNode>({ kind: 'string', column }, { kind: 'bytes', column }),
);
