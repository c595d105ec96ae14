import { setTimeout as delay } from 'node:timers/promises';
import { FabricError } from '../errors.js';
import type { Context } from './context.js';

/** Makes the session the user's, or answers false: then `wrongPassword` is the reply. */
export function authenticate(context: Context, name: string, password: Buffer): boolean {
  const { session, server, log, users } = context;
  const user = users.authenticate(name, password);
  if (user === undefined) {
    log.warn({ client: session.remoteAddress }, 'authentication failed');
    server.aclLog.note(session, 'auth', Buffer.from('AUTH'), name);
    return false;
  }
  session.user = user;
  session.authenticated = true;
  return true;
}

/** Refuses, the later the more was guessed lately. */
export async function wrongPassword(context: Context): Promise<never> {
  const delayMs = context.users.brake.failed(context.now());
  if (delayMs > 0) await delay(delayMs, undefined, { ref: false });
  throw new FabricError('WRONGPASS', 'invalid username-password pair or user is disabled.');
}
