import { FabricError } from '../errors.js';
import type { Entry } from './sequence.js';
import { versionText } from './version.js';

/** The value, or an error that says what is wrong with it and where to go on. */
export function valueOf(key: string, entry: Entry): Buffer {
  if (entry.damage === undefined) return entry.value;
  throw damaged(key, entry.version, entry.damage);
}

export function damaged(key: string, version: number, damage: string): FabricError {
  return new FabricError(
    'ERR',
    `version ${versionText(version)} of ${key} is damaged: ${damage}. Other versions can be read by their numbers, and a new one put`,
  );
}

/** What a newer program has written. */
export function newerFormat(key: string, format: number, known: number): FabricError {
  return new FabricError(
    'LAYOUT',
    `the document ${key} is of format ${format}, which a newer datafabric has written; this one knows up to ${known}. Use the newer one, or name another meta.repository`,
  );
}
