/** A parsed type. `column` is 1-based and tells errors of later stages where the node began. */
import type { ScalarName } from './scalars.js';

export interface ScalarNode {
  kind: 'scalar';
  name: ScalarName;
  column: number;
}

/** `?T`, with DyND's NA inline. */
export interface OptionNode {
  kind: 'option';
  value: ScalarNode;
  column: number;
}

export interface FixedBytesNode {
  kind: 'fixed_bytes';
  bytes: number;
  align: number;
  column: number;
}

export type Encoding = 'ascii' | 'ucs2' | 'utf8' | 'utf16' | 'utf32';

/** `size` code units, padded with zeros. */
export interface FixedStringNode {
  kind: 'fixed_string';
  size: number;
  encoding: Encoding;
  column: number;
}

/** `string` and `bytes`: a whole payload of any length. */
export interface WholeNode {
  kind: 'string' | 'bytes';
  column: number;
}

export interface Field {
  name: string;
  type: TypeNode;
}

export interface RecordNode {
  kind: 'record';
  fields: readonly Field[];
  column: number;
}

export interface TupleNode {
  kind: 'tuple';
  items: readonly TypeNode[];
  column: number;
}

/** `3 * T`, or with null `var * T`. */
export interface DimensionNode {
  kind: 'dimension';
  size: number | null;
  element: TypeNode;
  column: number;
}

export type TypeNode =
  ScalarNode | OptionNode | FixedBytesNode | FixedStringNode | WholeNode | RecordNode | TupleNode | DimensionNode;
