/** What HDFS said, as an error for the user. */
import { FabricError, isFabricError } from '../errors.js';
import { BrokenOff } from './download.js';
import { NOT_CONNECTED } from './not-connected.js';

/** An exception of the name node or a data node, which came as JSON. */
export class RemoteException extends Error {
  readonly status: number;

  constructor(name: string, message: string, status: number) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

const ABSENT: ReadonlySet<string> = new Set(['FileNotFoundException', 'ParentNotDirectoryException']);
const FULL: ReadonlySet<string> = new Set([
  'DSQuotaExceededException',
  'NSQuotaExceededException',
  'QuotaByStorageTypeExceededException',
  'QuotaExceededException',
  'MaxDirectoryItemsExceededException',
]);
const FORBIDDEN: ReadonlySet<string> = new Set([
  'AccessControlException',
  'SecurityException',
  'AuthenticationException',
]);
const IN_THE_WAY: ReadonlySet<string> = new Set([
  'FileAlreadyExistsException',
  'ParentNotDirectoryException',
  'PathIsNotEmptyDirectoryException',
]);
/** Begins what a name node says that finds no data node with room. */
const NO_ROOM = /could only be (written|replicated) to/;

const isRemote = (error: unknown): error is RemoteException => error instanceof RemoteException;

export const isAbsent = (error: unknown): boolean => isRemote(error) && ABSENT.has(error.name);

export const isInTheWay = (error: unknown): boolean => isRemote(error) && IN_THE_WAY.has(error.name);

/** Whether the same request may succeed a little later: there was no answer, or the server asks for patience. */
export function isPassing(error: unknown): boolean {
  if (error instanceof BrokenOff) return true;
  if (isFabricError(error) || nameOf(error) === 'TimeoutError') return false;
  if (!isRemote(error)) return true;
  return (
    error.name === 'RetriableException' ||
    (error.status >= 500 && !FULL.has(error.name) && !NO_ROOM.test(error.message))
  );
}

/** Whether the request was refused or never arrived: then it did nothing. */
export function didNothing(error: unknown): boolean {
  if (isRemote(error)) return error.status < 500;
  return NOT_CONNECTED.has((error as NodeJS.ErrnoException).code ?? '');
}

const nameOf = (error: unknown) => (error as Error).name;

export function hdfsError(error: unknown, location: string): FabricError {
  if (isFabricError(error)) return new FabricError(error.code, error.message);
  const { name, message } = error as Error;
  const code = (error as NodeJS.ErrnoException).code;
  if (!isRemote(error)) {
    const told = typeof code === 'string' ? `${code}: ${message}` : message;
    return new FabricError(
      'ERR',
      `the store ${location} said nothing (${told}). Check that it runs and is reached from here`,
    );
  }
  const said = `the store ${location} said ${name}: ${message.split('\n')[0]!}`;
  if (FULL.has(name)) return new FabricError('OOM', `${said}. Make room, or raise its quota`);
  if (NO_ROOM.test(message))
    return new FabricError('OOM', `${said}. Its data nodes are full or away: make room, or start more`);
  if (IN_THE_WAY.has(name)) {
    return new FabricError('ERR', `${said}. An object's key is a folder of another's: choose another key`);
  }
  if (FORBIDDEN.has(name)) return new FabricError('NOPERM', `${said}. Check the user, and what it may do there`);
  if (name === 'StandbyException') {
    return new FabricError('ERR', `${said}. This name node is on standby: give the address of the active one`);
  }
  if (name === 'SafeModeException' || /safe ?mode/i.test(message)) {
    return new FabricError(
      'ERR',
      `${said}. The name node is in safe mode: wait until it has left it, or make it (hdfs dfsadmin -safemode leave)`,
    );
  }
  return new FabricError('ERR', said);
}
