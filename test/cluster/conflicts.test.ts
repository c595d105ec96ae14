/** Three real nodes: a node comes back with names that were given out anew while it counted as lost for good. */
import test, { type ExecutionContext } from 'ava';
import { ClusterClients, eventually } from '../support/cluster-clients.js';
import { startCluster, type TestCluster } from '../support/cluster.js';

/** The coordinator starts without gamma, which has `a` and `b`, and both names are given out again. */
async function conflicting(
  t: ExecutionContext,
): Promise<{ cluster: TestCluster; clients: ClusterClients; xids: Map<string, number> }> {
  const cluster = await startCluster(t, { nodes: ['alpha', 'beta', 'gamma'] });
  const clients = new ClusterClients(t, cluster);
  const xids = new Map<string, number>();
  for (const name of ['a', 'b']) {
    const [placement] = (await clients.at(2).call('FABRIC.INSERT', name, '', 'bytes', 'of gamma')) as unknown[][];
    xids.set(name, Number(placement![4]));
  }
  await cluster.servers[2]!.kill('SIGKILL');
  await cluster.servers[0]!.restart('SIGKILL');
  for (const name of ['a', 'b'])
    await eventually(() => clients.at(1).call('FABRIC.INSERT', name, '', 'bytes', 'of beta'), 'the new one');
  await cluster.servers[2]!.start();
  await eventually(async () => ((await listed(clients)).length === 2 ? true : undefined), 'two conflicts');
  // The coordinator knows of them before it says that gamma has joined.
  await eventually(() => clients.at(2).call('FABRIC.LOCATE', 'a'), 'gamma has joined');
  return { cluster, clients, xids };
}

async function listed(clients: ClusterClients): Promise<unknown[]> {
  const [, conflicts] = (await clients.at(0).call('FABRIC.CONFLICTS')) as [number, unknown[]];
  return conflicts;
}

test('a conflict is discarded by its xid, or takes its name when that is free', async (t) => {
  const { clients, xids } = await conflicting(t);
  const [a, b] = [String(xids.get('a')), String(xids.get('b'))];
  t.is(await clients.at(2).call('GET', 'a'), 'of beta');
  await t.throwsAsync(clients.at(1).call('FABRIC.ADOPT', a), { message: /^EXISTS .*FABRIC\.DELETE/ });
  t.is(await clients.at(0).call('FABRIC.DELETE', 'a'), 1);
  t.is(await clients.at(0).call('GET', 'a'), null);
  t.is(await clients.at(1).call('FABRIC.ADOPT', a), 'OK');
  for (const index of [0, 1, 2]) t.is(await clients.at(index).call('GET', 'a'), 'of gamma');
  t.is(await clients.at(1).call('FABRIC.DISCARD', b), 'OK');
  t.is(await clients.at(2).call('GET', 'b'), 'of beta');
  t.deepEqual(await listed(clients), []);
  for (const command of ['FABRIC.DISCARD', 'FABRIC.ADOPT'])
    await t.throwsAsync(clients.at(0).call(command, a), { message: /^NOTFOUND .*FABRIC\.CONFLICTS/ });
  const nodes = await clients.records(2, 'FABRIC.NODES');
  t.is(nodes.find(({ node }) => node!.endsWith('gamma'))!.variables, '1');
  t.is(await clients.at(2).call('FABRIC.DELETE', 'a', 'b'), 2);
});
