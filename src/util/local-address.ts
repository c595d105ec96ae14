import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import { isLoopback } from './loopback.js';

/** True for a host (a name or an address) that is this machine. A name that means nothing here is another's. */
export async function isThisMachine(host: string): Promise<boolean> {
  if (isLoopback(host)) return true;
  const own = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
  const addresses = isIP(host) > 0 ? [host] : await addressesOf(host);
  return addresses.some((address) => isLoopback(address) || own.includes(address));
}

async function addressesOf(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
