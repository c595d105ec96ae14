import { FabricError, isFabricError } from '../errors.js';

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
const FORBIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);
const IN_THE_WAY: ReadonlySet<string> = new Set(['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY']);

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** What a file system said, as an error for the user. */
export function posixError(error: unknown, location: string): Error {
  if (isFabricError(error)) return error;
  const code = codeOf(error);
  const said = `the store ${location}: ${(error as Error).message}`;
  if (FULL.has(code)) return new FabricError('OOM', `${said}. Make room in its file system`);
  if (FORBIDDEN.has(code)) return new FabricError('NOPERM', `${said}. Let this user write there`);
  if (IN_THE_WAY.has(code)) {
    return new FabricError('ERR', `${said}. An object's key is a folder of another's: choose another key`);
  }
  return new FabricError('ERR', said);
}
