/** The document under the key `dictionary`: types and documentation of names (`docs/formats.thrift`). */
import { checkEach, checkName, TEXT_BYTES_MAX } from './format-limits.js';
import { DICTIONARY, DICTIONARY_FORMAT1, type DictionaryEntry } from './formats-idl.js';
import { Malformed } from './malformed.js';
import { readStruct } from './thrift-read.js';
import { writeStruct } from './thrift-write.js';

export const DICTIONARY_FORMAT = 2;

export function writeDictionary(entries: readonly DictionaryEntry[]): Buffer {
  const bytes = writeStruct(DICTIONARY, { format: DICTIONARY_FORMAT, entries });
  check(entries);
  return bytes;
}

export function readDictionary(bytes: Buffer): readonly DictionaryEntry[] {
  const { entries } = readStruct(DICTIONARY, bytes);
  check(entries);
  return entries;
}

/** As format 1 had it: without documentation. */
export function readDictionaryFormat1(bytes: Buffer): readonly DictionaryEntry[] {
  const { types } = readStruct(DICTIONARY_FORMAT1, bytes);
  const entries = [...types].map(([name, type]) => ({ name, type }));
  check(entries);
  return entries;
}

function check(entries: readonly DictionaryEntry[]): void {
  const seen = new Set<string>();
  checkEach('entries', entries, ({ name, type, documentation = '' }) => {
    within('name', () => checkName(name));
    within('name', () => {
      if (seen.has(name)) throw new Malformed(`${JSON.stringify(name)} is there twice`);
    });
    seen.add(name);
    within('type', () => checkText(type, 1));
    within('documentation', () => checkText(documentation, 0));
  });
}

function checkText(text: string, bytesMin: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes >= bytesMin && bytes <= TEXT_BYTES_MAX) return;
  throw new Malformed(`it has ${bytesMin} to ${TEXT_BYTES_MAX} bytes, not ${bytes}`);
}

function within(field: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw new Malformed(`${field}: ${(error as Error).message}`);
  }
}
