/** A layout as NumPy writes it: `dtype.str` of plain items, `dtype.descr` of records. */
import type { FieldLayout, ItemLayout } from './layout.js';

/** `(name, type)` or `(name, type, shape)`; the name of padding is empty. */
export type DescrField =
  | readonly [name: string, type: string | Descr]
  | readonly [name: string, type: string | Descr, shape: readonly number[]];
export type Descr = readonly DescrField[];

/** A typestr such as `<f8`, or a record's fields with their padding, exactly as `numpy.dtype.descr` has them. */
export type Dtype = string | Descr;

/** The dtype of an item, whose own array dimensions are left to the shape. */
export function dtypeOf({ element }: ItemLayout): Dtype {
  return 'typestr' in element ? element.typestr : descrOf(element.fields, element.bytes);
}

function descrOf(fields: readonly FieldLayout[], bytes: number): Descr {
  const descr: DescrField[] = [];
  let end = 0;
  const pad = (to: number): void => {
    if (to > end) descr.push(['', `|V${to - end}`]);
    end = to;
  };
  for (const { name, offset, item } of fields) {
    pad(offset);
    const dtype = dtypeOf(item);
    descr.push(item.shape.length === 0 ? [name, dtype] : [name, dtype, item.shape]);
    end += item.bytes;
  }
  pad(bytes);
  return descr;
}

/**
 * A dtype as one line of text: the typestr, or the descr as a Python literal, which `ast.literal_eval` reads and
 * `numpy.lib.format.descr_to_dtype` turns into the dtype (`numpy.dtype` does too, with the padding as fields).
 */
export function dtypeText(dtype: Dtype): string {
  return typeof dtype === 'string' ? dtype : literal(dtype);
}

function literal(descr: Descr): string {
  const fields = descr.map(([name, type, shape]) => {
    const parts = [quoted(name), typeof type === 'string' ? quoted(type) : literal(type)];
    if (shape !== undefined) parts.push(shape.length === 1 ? `(${shape[0]!},)` : `(${shape.join(', ')})`);
    return `(${parts.join(', ')})`;
  });
  return `[${fields.join(', ')}]`;
}

/** A Python string literal in ASCII. */
function quoted(text: string): string {
  const escaped = Array.from(text, (character) => {
    const codePoint = character.codePointAt(0)!;
    if (character === "'" || character === '\\') return `\\${character}`;
    if (codePoint >= 0x20 && codePoint < 0x7f) return character;
    if (codePoint < 0x10000) return `\\u${codePoint.toString(16).padStart(4, '0')}`;
    return `\\U${codePoint.toString(16).padStart(8, '0')}`;
  });
  return `'${escaped.join('')}'`;
}
