/** Real files: those about flights and weather of npm's vega-datasets. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface DataSet {
  name: string;
  path: string;
  bytes: Buffer;
}

export const dataFolder = fileURLToPath(new URL('../../node_modules/vega-datasets/data', import.meta.url));

export function dataSets(): DataSet[] {
  return readdirSync(dataFolder)
    .filter((name) => /flights|weather/.test(name))
    .sort()
    .map((name) => ({ name, path: join(dataFolder, name), bytes: readFileSync(join(dataFolder, name)) }));
}

/** `length` bytes: the largest file over and over. */
export function repeated(sets: readonly DataSet[], length: number): Buffer {
  const largest = sets.reduce((a, b) => (b.bytes.length > a.bytes.length ? b : a));
  return Buffer.alloc(length, largest.bytes);
}
