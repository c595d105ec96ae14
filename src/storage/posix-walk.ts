/** Walks a tree of files in the order of the keys they stand for. */
import { readdir, stat } from 'node:fs/promises';
import { isKeyPart, mayHold, type KeyBounds } from './key-bounds.js';
import { codeOf } from './posix-error.js';
import type { ListedObject } from './store.js';

/** Sizes are asked for so many files at a time. */
const STATS_AT_ONCE = 16;

/** Files below `root`, whose keys begin with `prefix` and are behind `after`; `folder` is '' or ends with '/'. */
export async function* walk(root: string, folder: string, bounds: KeyBounds): AsyncGenerator<ListedObject> {
  let files: string[] = [];
  for (const key of await entries(root, folder)) {
    if (!mayHold(key, bounds)) continue;
    if (!key.endsWith('/')) files.push(key);
    if (files.length === STATS_AT_ONCE || key.endsWith('/')) {
      yield* await sizes(root, files);
      files = [];
    }
    if (key.endsWith('/')) yield* walk(root, key, bounds);
  }
  yield* await sizes(root, files);
}

/** A folder sorts as the keys in it do: '-' and '.' come before its '/'. Names outside keys' alphabet are no objects. */
async function entries(root: string, folder: string): Promise<string[]> {
  try {
    const found = await readdir(`${root}/${folder}`, { withFileTypes: true });
    return found
      .filter((entry) => isKeyPart(entry.name))
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

async function sizes(root: string, keys: readonly string[]): Promise<ListedObject[]> {
  const found = await Promise.all(keys.map((key) => sizeOf(`${root}/${key}`)));
  return keys.flatMap((key, index) => (found[index] === undefined ? [] : [{ key, bytes: found[index] }]));
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
