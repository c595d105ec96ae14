import { once } from 'node:events';
import test from 'ava';
import { Redis } from 'ioredis';
import { startCluster } from '../support/cluster.js';

test('all nodes of a cluster see one META, and hear of its new versions', async (t) => {
  const cluster = await startCluster(t, { nodes: ['alpha', 'beta', 'gamma'] });
  const [alpha, beta, gamma] = cluster.addresses.map((address) => {
    const [host, port] = address.split(':') as [string, string];
    const client = new Redis(Number(port), host, { protocol: 2 });
    t.teardown(() => client.disconnect());
    return client;
  }) as [Redis, Redis, Redis];
  const listener = gamma.duplicate();
  t.teardown(() => listener.disconnect());
  await listener.subscribe('__meta__:schema');
  const heard = once(listener, 'message') as Promise<[string, string]>;
  const version = await beta.call('META.PUT', 'schema', 'first', 'IF', 'NONE');
  for (const client of [alpha, beta, gamma]) t.deepEqual(await client.call('META.GET', 'schema'), [version, 'first']);
  t.is((await heard)[1], version as string);
  await t.throwsAsync(Promise.resolve(gamma.call('META.PUT', 'schema', 'again', 'IF', 'NONE')), {
    message: /^CONFLICT/,
  });
  const races = await Promise.allSettled(
    Array.from({ length: 30 }, (_, i) =>
      [alpha, beta, gamma][i % 3]!.call('META.PUT', `k${i % 5}`, String(i), 'IF', 'NONE'),
    ),
  );
  t.is(races.filter(({ status }) => status === 'fulfilled').length, 5);
  t.deepEqual(((await gamma.call('META.KEYS')) as string[]).sort(), ['k0', 'k1', 'k2', 'k3', 'k4', 'schema']);
});
