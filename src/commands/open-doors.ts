import { barring, exposedHosts, guestOf } from '../cluster/config-reach.js';
import type { Config } from '../cluster/config.js';
import { FabricError } from '../errors.js';

/** Refuses to be reachable from other machines for somebody without a password. */
export function refuseOpenDoors({ listen, tls, security, users }: Config): void {
  const [open] = exposedHosts(listen, tls, tls.clientCertificates);
  const guest = guestOf(security, users);
  if (open === undefined || guest === undefined) return;
  throw new FabricError(
    'ERR',
    `listening on ${open} would let any machine in, as the user ${guest} without a password. ${barring(guest)}`,
  );
}
