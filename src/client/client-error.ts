import { ERROR_CODES, FabricError, isFabricError, type ErrorCode } from '../errors.js';

/** The connection to a node was lost, and isn't made again: another node is to be asked. */
export class NodeLostError extends Error {
  /** It may have been done. False: it never was sent, so it was not. */
  readonly sent: boolean;

  constructor(message: string, sent: boolean, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NodeLostError';
    this.sent = sent;
  }
}

const codes: ReadonlySet<string> = new Set(ERROR_CODES);

/**
 * An error of the server, its first word split off as the code, or of the addon as our own; anything else (a lost connection …) as
 * it is.
 */
export function toClientError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (isFabricError(error)) return error instanceof FabricError ? error : new FabricError(error.code, error.message);
  if (error.name !== 'ReplyError') return error;
  const [, code, message] = /^([A-Z]+) (.*)$/s.exec(error.message) ?? [];
  if (code === undefined || message === undefined || !codes.has(code)) return new FabricError('ERR', error.message);
  return new FabricError(code as ErrorCode, message);
}

export function hasCode(error: unknown, ...wanted: ErrorCode[]): boolean {
  return isFabricError(error) && wanted.includes(error.code);
}
