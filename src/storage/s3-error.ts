/** What an S3 server said, as an error for the user. */
import { FabricError, isFabricError } from '../errors.js';
import { NOT_CONNECTED } from './not-connected.js';

const FULL: ReadonlySet<string> = new Set([
  'QuotaExceeded',
  'InsufficientStorage',
  'InsufficientCapacity',
  'XMinioStorageFull',
]);
/** The SDK found none, and sent nothing. */
const NO_CREDENTIALS = 'CredentialsProviderError';

interface SdkError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

/** The status of the reply; undefined when there was none. */
export const statusOf = (error: unknown): number | undefined => (error as SdkError).$metadata?.httpStatusCode;

export const nameOf = (error: unknown): string => (error as SdkError).name;

export function neverSent(error: unknown): boolean {
  const { code = '', name } = error as SdkError;
  return NOT_CONNECTED.has(code) || code === NO_CREDENTIALS || name === NO_CREDENTIALS;
}

/** The object isn't there; a bucket that isn't there is another matter. */
export const isAbsent = (error: unknown): boolean => statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket';

export function s3Error(error: unknown, location: string): FabricError {
  if (isFabricError(error)) return new FabricError(error.code, error.message);
  const { code, message } = error as SdkError;
  const [status, name] = [statusOf(error), nameOf(error)];
  const told = [name, code, message].filter((part) => part !== undefined && part !== '' && part !== 'Error');
  if (name === NO_CREDENTIALS) {
    const advice =
      "Name a credentials_file, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in this process's environment";
    return new FabricError('NOPERM', `there are no credentials for the store ${location} (${message}). ${advice}`);
  }
  const said = `the store ${location} said ${status ?? 'nothing'} (${[...new Set(told)].join(': ')})`;
  if (status === 507 || FULL.has(name)) return new FabricError('OOM', `${said}. Make room in it, or raise its quota`);
  if (status === 401 || status === 403) {
    return new FabricError('NOPERM', `${said}. Check the credentials, and what they may do in the bucket`);
  }
  if (name === 'NoSuchBucket') return new FabricError('ERR', `${said}. Make the bucket first`);
  if (status === 503) return new FabricError('ERR', `${said}. It is overloaded: try later, or with fewer requests`);
  if (status === undefined) return new FabricError('ERR', `${said}. Check that it runs and is reached from here`);
  return new FabricError('ERR', said);
}
