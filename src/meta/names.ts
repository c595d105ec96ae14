import { FabricError } from '../errors.js';
import { versionOf } from './version.js';

/** The key commits are recorded under. */
export const REPOSITORY = 'repository';

const NAME = /^[A-Za-z0-9-]{1,200}$/;

export const isKeyName = (name: string) => NAME.test(name);

export function checkKeyName(key: string): void {
  if (isKeyName(key)) return;
  throw new FabricError('ERR', `'${key.slice(0, 64)}' is no key: 1 to 200 letters, digits and hyphens`);
}

export function checkWritableKey(key: string): void {
  checkKeyName(key);
  if (key === REPOSITORY) throw new FabricError('ERR', `the key ${REPOSITORY} is written by META.COMMIT only`);
}

export function checkLabelName(name: string): void {
  if (NAME.test(name) && versionOf(name) === undefined) return;
  throw new FabricError(
    'ERR',
    `'${name.slice(0, 64)}' is no label: 1 to 200 letters, digits and hyphens, other than the 8 hex digits of a version`,
  );
}

export function checkRemoteName(name: string): void {
  if (NAME.test(name)) return;
  throw new FabricError('ERR', `'${name.slice(0, 64)}' is no name of a remote: 1 to 200 letters, digits and hyphens`);
}
