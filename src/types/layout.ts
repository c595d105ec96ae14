/**
 * Where the bytes of an item lie, as a C compiler lays them out: each field at the next multiple of its alignment, the whole
 * rounded up to the largest one.
 */
import type { Encoding, TypeNode } from './ast.js';
import { DIMENSIONS_MAX, ITEM_BYTES_MAX } from './limits.js';
import { problemAt, shown } from './problem.js';
import { SCALARS } from './scalars.js';

export interface FieldLayout {
  /** Tuples name their items as NumPy does: f0, f1 … */
  name: string;
  /** Bytes from the start of the item. */
  offset: number;
  item: ItemLayout;
}

/** A type of fixed width, within which offsets don't change. */
export interface ItemLayout {
  bytes: number;
  align: number;
  /** Of an array inside an item; empty otherwise. */
  shape: readonly number[];
  /** The element of that array, else what the item itself is. */
  element: { typestr: string; bytes: number } | { fields: readonly FieldLayout[]; bytes: number };
}

const CODE_UNIT_BYTES: Readonly<Record<Encoding, 1 | 2 | 4>> = { ascii: 1, utf8: 1, ucs2: 2, utf16: 2, utf32: 4 };

/** The layout of one item; `string`, `bytes` and `var` are not items. */
export function layoutOf(node: TypeNode): ItemLayout {
  switch (node.kind) {
    case 'scalar':
      return leaf(SCALARS[node.name].typestr, SCALARS[node.name].bytes, SCALARS[node.name].align);
    case 'option':
      return layoutOf(node.value);
    case 'fixed_bytes':
      return leaf(`|V${node.bytes}`, itemBytes(node.bytes, node.column), node.align);
    case 'fixed_string':
      return layoutOfString(node.size, node.encoding, node.column);
    case 'record':
      return layoutOfFields(node.fields, node.column);
    case 'tuple':
      return layoutOfFields(
        node.items.map((type, index) => ({ name: `f${index}`, type })),
        node.column,
      );
    case 'dimension':
      return layoutOfArray(node, node.size);
    case 'string':
    case 'bytes':
      throw new TypeError(`${node.kind} has no fixed width`);
  }
}

const leaf = (typestr: string, bytes: number, align: number): ItemLayout => ({
  bytes,
  align,
  shape: [],
  element: { typestr, bytes },
});

function itemBytes(bytes: number, column: number): number {
  if (bytes <= ITEM_BYTES_MAX) return bytes;
  throw problemAt(
    column,
    `an item would have ${bytes} bytes or more, at most ${ITEM_BYTES_MAX} are allowed: use dimensions outside it`,
  );
}

/** NumPy has byte strings and UTF-32; UTF-16 and UCS-2 are plain bytes to it. */
function layoutOfString(size: number, encoding: Encoding, column: number): ItemLayout {
  const unit = CODE_UNIT_BYTES[encoding];
  const bytes = itemBytes(size * unit, column);
  const typestr = unit === 1 ? `|S${size}` : unit === 2 ? `|V${bytes}` : `<U${size}`;
  return leaf(typestr, bytes, unit);
}

function layoutOfFields(fields: readonly { name: string; type: TypeNode }[], column: number): ItemLayout {
  let end = 0;
  let align = 1;
  const placed: FieldLayout[] = [];
  for (const { name, type } of fields) {
    const item = layoutOf(type);
    const offset = roundUp(end, item.align);
    placed.push({ name, offset, item });
    end = itemBytes(offset + item.bytes, type.column);
    align = Math.max(align, item.align);
  }
  const bytes = itemBytes(roundUp(end, align), column);
  return { bytes, align, shape: [], element: { fields: placed, bytes } };
}

function layoutOfArray(node: TypeNode & { kind: 'dimension' }, size: number | null): ItemLayout {
  if (size === null) throw new TypeError('var has no fixed width');
  if (size === 0)
    throw problemAt(node.column, `found ${shown('0')}, expected a dimension of at least 1 inside another type`);
  const inner = layoutOf(node.element);
  const shape = [size, ...inner.shape];
  if (shape.length > DIMENSIONS_MAX) throw problemAt(node.column, `an array has at most ${DIMENSIONS_MAX} dimensions`);
  return { ...inner, bytes: itemBytes(size * inner.bytes, node.column), shape };
}

/** `align` is a power of two; the bound on items keeps this below 2^32. */
const roundUp = (bytes: number, align: number): number => Math.ceil(bytes / align) * align;
