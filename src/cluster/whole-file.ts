/** Small files that are whole and on disk, or as they were before. */
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FabricError } from '../errors.js';

/** What `make` makes of its bytes; undefined when there is none. ERR, with what it `says`, when it can't be read. */
export async function readWhole<T>(path: string, says: string, make: (bytes: Buffer) => T): Promise<T | undefined> {
  try {
    return make(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FabricError('ERR', `${path}, which says ${says}, can't be read: ${(error as Error).message}`);
  }
}

/** Resolves when it is on disk. */
export async function writeWhole(path: string, text: string | Uint8Array): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncFolder(path);
}

/** Harmless when there is none. */
export async function removeWhole(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
