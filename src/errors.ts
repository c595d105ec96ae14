/**
 * The one taxonomy of errors. A code is stable and is the first word of the RESP error; the message is a
 * sentence that says what to do. `src/server/reply-error.ts` is the one place that maps them to RESP.
 */
export const ERROR_CODES = [
  'ERR',
  'WRONGPASS',
  'NOAUTH',
  'NOPERM',
  'NOPROTO',
  'EXISTS',
  'NOTFOUND',
  'OOM',
  'INUSE',
  'TYPE',
  'REMOTE',
  'NOCOORD',
  'FENCED',
  'CONFLICT',
  'STALE',
  'OWNED',
  'LAYOUT',
  'EXECABORT',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

const codes: ReadonlySet<string> = new Set(ERROR_CODES);

/** An error meant for the user: `code` is stable, `message` says what happened and what to do. */
export class FabricError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'FabricError';
    this.code = code;
  }
}

/** True for our own errors and for those the addon throws, which carry the same codes. */
export function isFabricError(error: unknown): error is Error & { code: ErrorCode } {
  return error instanceof Error && codes.has((error as { code?: string }).code ?? '');
}
