import { FabricError } from '../errors.js';
import { secretsEqual } from '../util/secret.js';
import type { Context } from './context.js';

/** The only user there is. */
export const DEFAULT_USER = 'default';

/** Marks the session as authenticated, or throws WRONGPASS. Without a configured password the default user always succeeds. */
export function authenticate(context: Context, user: string, password: Buffer): void {
  const expected = context.config.security.password;
  const known = user === DEFAULT_USER;
  const right = expected === undefined || secretsEqual(password, expected);
  if (!known || !right) {
    context.log.warn({ client: context.session.remoteAddress }, 'authentication failed');
    throw new FabricError('WRONGPASS', 'invalid username-password pair or user is disabled.');
  }
  context.session.user = DEFAULT_USER;
  context.session.authenticated = true;
}
