/** Types that are told to those who handle variables without parsing anything. */
import type { TypeInfo } from '../types/datashape.js';
import type { Core } from './core.js';

/** Few types make up nearly all of a node's traffic. */
const TYPES_MAX = 1000;
const CHARACTERS_MAX = 1000;

/** `info` is what `type`, as variables are stored with it, was parsed to. */
export function tellType({ told, options }: Core, type: string, info: TypeInfo): void {
  if (told.has(type) || told.size === TYPES_MAX || type.length > CHARACTERS_MAX) return;
  told.add(type);
  const exact = info.fixedBytes !== undefined;
  options.onType(type, {
    bytes: info.fixedBytes ?? info.strides[0]!,
    exact,
    dtype: info.dtypeText,
    dimensions: info.shape.slice(exact ? 0 : 1) as readonly number[],
    strides: info.strides,
  });
}
