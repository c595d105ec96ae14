import { BlockList, isIPv6 } from 'node:net';
import { FabricError } from '../errors.js';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export function isLoopback(host: string): boolean {
  return host === 'localhost' || loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}

/** Refuses to be reachable from other machines without a password. */
export function requirePassword(hosts: readonly string[], password: string | undefined): void {
  if (password !== undefined) return;
  const open = hosts.find((host) => !isLoopback(host));
  if (open === undefined) return;
  throw new FabricError(
    'ERR',
    `listening on ${open} would let any machine in: set security.password, or listen on 127.0.0.1 only`,
  );
}
