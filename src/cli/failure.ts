import { isFabricError } from '../errors.js';

/** A mistake in how a command was called, which its help explains. */
export class UsageError extends Error {}

export const FAILURE = 1;
export const USAGE = 2;

/** One sentence (or one line per problem) for what a user can put right; a stack for what only a programmer can. */
export function describeFailure(error: unknown): string {
  if (isFabricError(error) || error instanceof UsageError || isSystemError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export function exitCode(error: unknown): number {
  return error instanceof UsageError ? USAGE : FAILURE;
}

/** ENOENT, EACCES and the like say all there is to say. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
