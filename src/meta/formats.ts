/** The documents of a feature store, for who reads and writes them: bytes as META has them, and values. What isn't such a document throws Malformed, with the line or field. */
export { readDictionary, writeDictionary } from './dictionary.js';
export type { DataObject, DictionaryEntry } from './formats-idl.js';
export { Malformed } from './malformed.js';
export { readManifest, writeManifest } from './manifest.js';
export { readStore, writeStore, type FactSet } from './store-text.js';
