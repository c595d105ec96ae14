/** The keys of objects, the same for every kind of store. */
import { FabricError } from '../errors.js';

export const KEY_CHARACTERS_MAX = 512;
/** What the names of files may have. */
export const PART_CHARACTERS_MAX = 255;

const PREFIX = /^[A-Za-z0-9._/-]*$/;
const PART = /^[A-Za-z0-9._-]+$/;

/** Refuses what isn't a key; with that, a key is safe as a relative path. */
export function checkKey(key: string): void {
  const parts = key.split('/');
  if (key.length <= KEY_CHARACTERS_MAX && parts.every(isPart)) return;
  throw new FabricError(
    'ERR',
    `'${key.slice(0, 64)}' is not the key of an object: parts of 1 to ${PART_CHARACTERS_MAX} letters, digits, '.', '_' and '-', joined by '/', at most ${KEY_CHARACTERS_MAX} characters`,
  );
}

/** Refuses what no key can begin with. It may end anywhere in a key, even within `..`. */
export function checkPrefix(prefix: string): void {
  const folders = prefix.split('/').slice(0, -1);
  if (prefix.length <= KEY_CHARACTERS_MAX && PREFIX.test(prefix) && folders.every(isPart)) return;
  throw new FabricError('ERR', `no key of an object begins with '${prefix.slice(0, 64)}'`);
}

function isPart(part: string): boolean {
  return PART.test(part) && part !== '.' && part !== '..' && part.length <= PART_CHARACTERS_MAX;
}
