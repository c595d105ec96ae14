/** Small files that are whole and on disk, or as they were before. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

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
