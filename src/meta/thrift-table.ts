/** How structs of an IDL are laid out, for who reads and writes them. */

/** `map` has strings for keys. */
export type ThriftType =
  'i32' | 'i64' | 'string' | { list: ThriftType } | { map: ThriftType } | { struct: StructTable };

export interface FieldTable {
  id: number;
  name: string;
  required: boolean;
  type: ThriftType;
}

export interface StructTable<T = unknown> {
  name: string;
  fields: readonly FieldTable[];
  /** Never there: it ties the table to the interface that was made of the same struct. */
  shape?: T;
}
