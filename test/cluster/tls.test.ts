import { randomBytes } from 'node:crypto';
import test from 'ava';
import { Redis } from 'ioredis';
import { Authority } from '../support/certificates.js';
import { startCluster } from '../support/cluster.js';

test('nodes speak TLS with each other where that is configured, for payloads too', async (t) => {
  const authority = new Authority();
  t.teardown(() => authority.dispose());
  const cluster = await startCluster(t, { nodes: ['alpha', 'beta'], authority });
  const [alpha, beta] = cluster.addresses.map((address) => {
    const [host, port] = address.split(':') as [string, string];
    const client = new Redis(Number(port), host, { protocol: 2 });
    t.teardown(() => client.disconnect());
    return client;
  }) as [Redis, Redis];
  const value = randomBytes(5 << 20);
  await alpha.call('FABRIC.INSERT', 'x', '', 'bytes', value);
  t.true(value.equals((await beta.getBuffer('x'))!));
  await beta.call('FABRIC.PULL', 'x');
  t.true(value.equals((await beta.getBuffer('x'))!));
  const peers = ((await alpha.client('LIST')) as string)
    .split('\n')
    .filter((line) => line.includes('user=fabric-cluster'));
  t.true(peers.length >= 2);
  for (const line of peers) t.regex(line, /laddr=[0-9.]+:16379/);
});
