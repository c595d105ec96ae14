/** Types as the rest of the program uses them: a text in, sizes, shape, strides and NumPy's names out. */
import { FabricError } from '../errors.js';
import type { TypeNode } from './ast.js';
import { formatType } from './format.js';
import { parseText } from './grammar.js';
import { layoutOf } from './layout.js';
import { dtypeOf, dtypeText, type Dtype } from './numpy.js';
import { problemAt } from './problem.js';
import type { ScalarName } from './scalars.js';

/** What one item of the array is. */
export type ItemKind = 'scalar' | 'fixed_bytes' | 'fixed_string' | 'record' | 'tuple' | 'string' | 'bytes';

export interface TypeInfo {
  /** Canonical text. */
  readonly text: string;
  readonly kind: ItemKind;
  /** For `kind: 'scalar'`: which. */
  readonly scalar: ScalarName | undefined;
  /** True for `?T`: NA stands inline, see missing.ts. */
  readonly optional: boolean;
  /** Bytes of one item; of `string` and `bytes`: 1. */
  readonly itemBytes: number;
  /** Bytes. */
  readonly align: number;
  /** Length of the payload in bytes; undefined where the type leaves it open (`var`, `string`, `bytes`). */
  readonly fixedBytes: number | undefined;
  /** Outermost first; null for the dimension that the payload's length decides. */
  readonly shape: readonly (number | null)[];
  /** Bytes between neighbours along each dimension, in C order. */
  readonly strides: readonly number[];
  /** NumPy's typestr or descr of one item. */
  readonly dtype: Dtype;
  /** The same as one line of text; a descr as a Python literal. */
  readonly dtypeText: string;
}

/** Characters of all cached texts: a type's parts take some twenty times its text, so the cache stays below 10 MiB. */
const CACHED_CHARACTERS_MAX = 512 * 1024;
const cache = new Map<string, TypeInfo>();
let cachedCharacters = 0;

/** The type of a datashape text. TYPE with the 1-based column, what was found and what was expected. */
export function parseType(text: string): TypeInfo {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const info = describeType(parseText(text));
  remember(text, info);
  return info;
}

/** The oldest make room. */
function remember(text: string, info: TypeInfo): void {
  cache.set(text, info);
  cachedCharacters += text.length;
  for (const oldest of cache.keys()) {
    if (cachedCharacters <= CACHED_CHARACTERS_MAX) return;
    cache.delete(oldest);
    cachedCharacters -= oldest.length;
  }
}

export function describeType(node: TypeNode): TypeInfo {
  if (node.kind === 'string' || node.kind === 'bytes') return wholeInfo(node.kind);
  const { shape, item } = split(node);
  const layout = layoutOf(item);
  const { strides, outerBytes } = stridesOf(shape, layout.bytes, node.column);
  const open = shape[0] === null;
  if (open && shape.includes(0)) throw problemAt(node.column, 'a dimension of 0 under var leaves the length undecided');
  const dtype = dtypeOf(layout);
  return Object.freeze<TypeInfo>({
    text: formatType(node),
    kind: item.kind === 'option' ? 'scalar' : (item.kind as ItemKind),
    scalar: item.kind === 'option' ? item.value.name : item.kind === 'scalar' ? item.name : undefined,
    optional: item.kind === 'option',
    itemBytes: layout.bytes,
    align: layout.align,
    fixedBytes: open ? undefined : shape.includes(0) ? 0 : outerBytes,
    shape: Object.freeze(shape),
    strides: Object.freeze(strides),
    dtype,
    dtypeText: dtypeText(dtype),
  });
}

const wholeInfo = (kind: 'string' | 'bytes'): TypeInfo =>
  Object.freeze<TypeInfo>({
    text: kind,
    kind,
    scalar: undefined,
    optional: false,
    itemBytes: 1,
    align: 1,
    fixedBytes: undefined,
    shape: Object.freeze([null]),
    strides: Object.freeze([1]),
    dtype: '|u1',
    dtypeText: '|u1',
  });

/** The outer dimensions and the item they are of. */
function split(node: TypeNode): { shape: (number | null)[]; item: TypeNode } {
  const shape: (number | null)[] = [];
  let item = node;
  while (item.kind === 'dimension') {
    shape.push(item.size);
    item = item.element;
  }
  return { shape, item };
}

/** As NumPy, a dimension of 0 counts as 1 here. `outerBytes` is the size of the whole, 1 row of it under `var`. */
function stridesOf(shape: readonly (number | null)[], itemBytes: number, column: number) {
  const strides: number[] = [];
  let bytes = itemBytes;
  for (const size of shape.toReversed()) {
    strides.unshift(bytes);
    bytes *= Math.max(size ?? 1, 1);
    // Exact below 2^53, and rounding is monotone above it.
    if (!Number.isSafeInteger(bytes)) throw problemAt(column, 'the dimensions multiply to more than 2^53 - 1 bytes');
  }
  return { strides, outerBytes: bytes };
}

/** The shape of a payload of so many bytes; TYPE, with both numbers, when the type means another length. */
export function shapeFor(info: TypeInfo, lengthBytes: number): readonly number[] {
  if (info.fixedBytes !== undefined) {
    if (info.fixedBytes === lengthBytes) return info.shape as readonly number[];
    throw new FabricError('TYPE', `'${brief(info.text)}' has ${info.fixedBytes} bytes, the payload ${lengthBytes}`);
  }
  const rowBytes = info.strides[0]!;
  if (lengthBytes % rowBytes !== 0) {
    throw new FabricError(
      'TYPE',
      `'${brief(info.text)}' has a multiple of ${rowBytes} bytes, the payload ${lengthBytes}`,
    );
  }
  return [lengthBytes / rowBytes, ...(info.shape.slice(1) as readonly number[])];
}

const brief = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

export { formatType } from './format.js';
export { parseText } from './grammar.js';
export { dtypeText, type Descr, type DescrField, type Dtype } from './numpy.js';
export type { ScalarName } from './scalars.js';
