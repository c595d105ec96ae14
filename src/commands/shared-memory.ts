import { statfsSync } from 'node:fs';

/** What /dev/shm has, in bytes. */
export function sharedMemory(): { totalBytes: number; freeBytes: number } {
  const { blocks, bavail, bsize } = statfsSync('/dev/shm');
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}
