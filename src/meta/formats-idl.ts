/** Generated from docs/formats.thrift by scripts/formats.mjs: its structs, and how they are read and written. */
import type { StructTable } from './thrift-table.js';

export interface DictionaryEntry {
  name: string;
  type: string;
  documentation?: string;
}
export const DICTIONARY_ENTRY: StructTable<DictionaryEntry> = {
  name: 'DictionaryEntry',
  fields: [
    { id: 1, name: 'name', required: true, type: 'string' },
    { id: 2, name: 'type', required: true, type: 'string' },
    { id: 3, name: 'documentation', required: false, type: 'string' },
  ],
};

export interface Dictionary {
  format: number;
  entries: readonly DictionaryEntry[];
}
export const DICTIONARY: StructTable<Dictionary> = {
  name: 'Dictionary',
  fields: [
    { id: 1, name: 'format', required: true, type: 'i32' },
    { id: 2, name: 'entries', required: true, type: { list: { struct: DICTIONARY_ENTRY } } },
  ],
};

export interface DictionaryFormat1 {
  format: number;
  types: ReadonlyMap<string, string>;
}
export const DICTIONARY_FORMAT1: StructTable<DictionaryFormat1> = {
  name: 'DictionaryFormat1',
  fields: [
    { id: 1, name: 'format', required: true, type: 'i32' },
    { id: 2, name: 'types', required: true, type: { map: 'string' } },
  ],
};

export interface DataObject {
  key: string;
  bytes: number;
  crc32c: number;
}
export const DATA_OBJECT: StructTable<DataObject> = {
  name: 'DataObject',
  fields: [
    { id: 1, name: 'key', required: true, type: 'string' },
    { id: 2, name: 'bytes', required: true, type: 'i64' },
    { id: 3, name: 'crc32c', required: true, type: 'i64' },
  ],
};

export interface Manifest {
  format: number;
  objects: readonly DataObject[];
}
export const MANIFEST: StructTable<Manifest> = {
  name: 'Manifest',
  fields: [
    { id: 1, name: 'format', required: true, type: 'i32' },
    { id: 2, name: 'objects', required: true, type: { list: { struct: DATA_OBJECT } } },
  ],
};
