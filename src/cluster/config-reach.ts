/** Who can come in from where: what is reachable from other machines must ask everyone for something. */
import { isLoopback } from '../util/loopback.js';
import type { UserConfig } from './config.js';

export const DEFAULT_USER = 'default';

interface Listening {
  readonly hosts: readonly string[];
}

interface Secured {
  readonly password: string | undefined;
}

/** Addresses which other machines can reach, without a client certificate. */
export function exposedHosts(listen: Listening, tls: Listening, certificates: string): string[] {
  const hosts = certificates === 'required' ? listen.hosts : [...listen.hosts, ...tls.hosts];
  return hosts.filter((host) => !isLoopback(host));
}

/** Somebody who gets in with any password. */
export function guestOf(security: Secured, users: readonly UserConfig[]): string | undefined {
  if (!users.some(({ name }) => name === DEFAULT_USER) && security.password === undefined) return DEFAULT_USER;
  return users.find(({ enabled, nopass }) => enabled && nopass)?.name;
}

/** What to do about a guest; ends a sentence. */
export const barring = (guest: string): string =>
  guest === DEFAULT_USER
    ? 'Set security.password (or DATAFABRIC_PASSWORD), or have [[users]] with name = "default" and a password or ' +
      'enabled = false, or listen on 127.0.0.1 only'
    : `Give the user ${guest} a password instead of nopass, or listen on 127.0.0.1 only`;
