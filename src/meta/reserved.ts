/** Keys whose documents have formats of their own: what may be stored under them, and how an older format becomes the newest. */
import { DICTIONARY_FORMAT, readDictionary, readDictionaryFormat1, writeDictionary } from './dictionary.js';
import { checkBytes } from './format-limits.js';
import { Malformed } from './malformed.js';
import { MANIFEST_FORMAT, readManifest } from './manifest.js';
import { readStore, readStoreFormat1, STORE_FORMAT, storeFormat, writeStore } from './store-text.js';
import { readFirstInteger } from './thrift-read.js';

interface DocumentFormat {
  newest: number;
  /** Which the bytes say they are in; undefined when they say none. */
  stated: (value: Buffer) => number | undefined;
  /** Throws Malformed unless the bytes are such a document in the newest format. */
  check: (value: Buffer) => unknown;
  /** By the older formats: the same document in the newest. */
  upgrades: ReadonlyMap<number, (value: Buffer) => Buffer>;
}

const FORMATS: ReadonlyMap<string, DocumentFormat> = new Map<string, DocumentFormat>([
  [
    'store',
    {
      newest: STORE_FORMAT,
      stated: storeFormat,
      check: readStore,
      upgrades: new Map([[1, (value: Buffer) => writeStore(readStoreFormat1(value))]]),
    },
  ],
  [
    'dictionary',
    {
      newest: DICTIONARY_FORMAT,
      stated: readFirstInteger,
      check: readDictionary,
      upgrades: new Map([[1, (value: Buffer) => writeDictionary(readDictionaryFormat1(value))]]),
    },
  ],
  ['manifest', { newest: MANIFEST_FORMAT, stated: readFirstInteger, check: readManifest, upgrades: new Map() }],
]);

export const FORMATTED_KEYS: readonly string[] = [...FORMATS.keys()];

/** How a document stands to the newest format of its key. */
export type Standing =
  | { is: 'newest' }
  | { is: 'newer'; format: number; newest: number }
  | { is: 'older'; upgraded: Buffer }
  | { is: 'malformed'; why: string };

/** Undefined for a key without a format. */
export function standingOf(key: string, value: Buffer): Standing | undefined {
  const format = FORMATS.get(key);
  return format && standing(format, value);
}

function standing({ newest, stated, check, upgrades }: DocumentFormat, value: Buffer): Standing {
  try {
    checkBytes(value);
    const found = stated(value);
    if (found === undefined) throw new Malformed('it does not begin with the number of a format');
    if (found > newest) return { is: 'newer', format: found, newest };
    const upgrade = upgrades.get(found);
    if (upgrade !== undefined) return { is: 'older', upgraded: upgrade(value) };
    if (found !== newest) throw new Malformed(`there is no format ${found}`);
    check(value);
    return { is: 'newest' };
  } catch (error) {
    return { is: 'malformed', why: (error as Error).message };
  }
}

export const newestFormat = (key: string): number | undefined => FORMATS.get(key)?.newest;
