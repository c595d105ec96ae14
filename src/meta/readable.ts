/** Documents of reserved keys as people read and write them: texts as they are, structs as JSON lists. */
import { FabricError } from '../errors.js';
import { readDictionary, writeDictionary } from './dictionary.js';
import type { DataObject, DictionaryEntry } from './formats-idl.js';
import { readManifest, writeManifest } from './manifest.js';
import { REPOSITORY } from './names.js';
import { FORMATTED_KEYS, standingOf } from './reserved.js';

const LISTS: Readonly<Record<string, { read: (value: Buffer) => unknown; write: (list: unknown) => Buffer }>> = {
  // What isn't such a list is refused when it is written.
  dictionary: { read: readDictionary, write: (list) => writeDictionary(list as DictionaryEntry[]) },
  manifest: { read: readManifest, write: (list) => writeManifest(list as DataObject[]) },
};

/** A document, of whatever known format, in the newest. */
export function readable(key: string, value: Buffer): string {
  if (key === REPOSITORY) return value.toString();
  const newest = newestOf(key, value);
  const list = LISTS[key];
  return list === undefined ? newest.toString() : `${JSON.stringify(list.read(newest), undefined, 2)}\n`;
}

/** The document of what `readable` answers. */
export function fromReadable(key: string, text: Buffer): Buffer {
  const list = LISTS[key];
  try {
    return list === undefined ? newestOf(key, text) : list.write(JSON.parse(text.toString()));
  } catch (error) {
    throw new FabricError('ERR', `this makes no ${key}: ${(error as Error).message}`);
  }
}

function newestOf(key: string, value: Buffer): Buffer {
  const found = standingOf(key, value);
  switch (found?.is) {
    case 'newest':
      return value;
    case 'older':
      return found.upgraded;
    case 'newer':
      throw new FabricError('LAYOUT', `its format is ${found.format}, and this datafabric knows up to ${found.newest}`);
    case 'malformed':
      throw new FabricError('ERR', `this is no ${key}: ${found.why}`);
    case undefined:
      throw new FabricError('ERR', `${key} has no format: only ${FORMATTED_KEYS.join(', ')} and ${REPOSITORY} do`);
  }
}
