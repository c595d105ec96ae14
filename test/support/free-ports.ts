import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

const PORT_MIN = 1024;
/** Where the kernel begins to take ports for outgoing connections. */
const OUTGOING = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').split('\t')[0]);

/**
 * So many ports of loopback for programs that have to be told one. None is of those that outgoing connections get: while such a
 * program is away, who tries to reach it could be given its port, even be connected to itself, and it couldn't come back.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = new Map<number, Server>();
  while (servers.size < count) {
    const port = randomInt(PORT_MIN, OUTGOING);
    const server = createServer();
    const outcome = Promise.race([once(server, 'listening'), once(server, 'error').then(() => undefined)]);
    server.listen(port, '127.0.0.1');
    if ((await outcome.catch(() => undefined)) !== undefined) servers.set(port, server);
  }
  await Promise.all([...servers.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  return [...servers.keys()];
}
