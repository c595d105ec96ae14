/** Versions are 32-bit numbers, written in 8 hex digits. */
import { FabricError } from '../errors.js';

export const VERSION_MAX = 0xffffffff;

const WRITTEN = /^[0-9a-f]{8}$/;

export function versionText(version: number): string {
  return version.toString(16).padStart(8, '0');
}

/** Undefined for anything but 8 hex digits. */
export function versionOf(text: string): number | undefined {
  const lower = text.toLowerCase();
  return WRITTEN.test(lower) ? Number.parseInt(lower, 16) : undefined;
}

/** The one behind `newest`; the first when there is none. */
export function nextVersion(newest: number | undefined, what: string): number {
  if (newest === VERSION_MAX) {
    throw new FabricError(
      'ERR',
      `${what} has used up its versions: ${versionText(VERSION_MAX)} is the last. Use another key`,
    );
  }
  return newest === undefined ? 0 : newest + 1;
}
