/** What Linux says about this process's memory. */
import { openSync, readSync } from 'node:fs';

export interface ProcessMemory {
  residentBytes: number;
  /** Largest resident size so far, shared memory included. */
  residentPeakBytes: number;
  /** Resident pages of shared-memory objects. */
  sharedBytes: number;
  /** Resident outside shared memory: anonymous pages and mapped files. */
  privateBytes: number;
}

/** From the text of `/proc/self/status`; its sizes are in KiB. */
export function parseProcessMemory(status: string): ProcessMemory {
  const bytesOf = (label: string) => {
    const match = new RegExp(`^${label}:\\s+([0-9]+) kB$`, 'm').exec(status);
    return Number(match?.[1] ?? 0) * 1024;
  };
  return {
    residentBytes: bytesOf('VmRSS'),
    residentPeakBytes: bytesOf('VmHWM'),
    sharedBytes: bytesOf('RssShmem'),
    privateBytes: bytesOf('RssAnon') + bytesOf('RssFile'),
  };
}

/** Larger than it gets. */
const text = Buffer.alloc(16_384);
/** Open from the beginning: the time to look is when descriptors have run out, too. */
const statusFd = openSync('/proc/self/status', 'r');

export function processMemory(): ProcessMemory {
  return parseProcessMemory(text.toString('latin1', 0, readSync(statusFd, text, 0, text.length, 0)));
}
