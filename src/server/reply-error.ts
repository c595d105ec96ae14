/** The one map from errors to RESP. */
import type { Logger } from 'pino';
import { isFabricError } from '../errors.js';
import type { ErrorReply } from '../resp/reply.js';

/** `CODE message` for what is meant for the user; anything else is a fault of ours: logged with its stack, told without it. */
export function replyError(error: unknown, log: Logger): ErrorReply {
  if (isFabricError(error)) return errorReply(`${error.code} ${error.message}`);
  log.error({ err: error }, 'a command failed unexpectedly');
  return errorReply(`ERR internal error: ${error instanceof Error ? error.message : String(error)}`);
}

export function errorReply(text: string): ErrorReply {
  return { kind: 'error', text };
}
