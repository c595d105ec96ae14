/** Three real nodes: what is moved between them, and when. */
import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { ClusterClients, eventually } from '../support/cluster-clients.js';
import { SOON_DOWN, startCluster, type ClusterOptions, type TestCluster } from '../support/cluster.js';

const NODES = ['alpha', 'beta', 'gamma'];
const BYTES = 20_000;

interface Set {
  cluster: TestCluster;
  clients: ClusterClients;
  /** Nodes' whole names. */
  names: string[];
  payloads: Map<string, Buffer>;
}

async function open(t: ExecutionContext, options: Omit<ClusterOptions, 'nodes'> = {}): Promise<Set> {
  const cluster = await startCluster(t, { nodes: NODES, ...options });
  const clients = new ClusterClients(t, cluster);
  return { cluster, clients, names: cluster.servers.map(({ node }) => node), payloads: new Map() };
}

/** Stored through the node of that index. */
async function fill({ clients, payloads }: Set, at: number, count: number, ...options: string[]): Promise<void> {
  const first = payloads.size;
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const name = `v${first + index}`;
      const payload = randomBytes(BYTES);
      payloads.set(name, payload);
      await clients.at(at).call('FABRIC.INSERT', name, '', 'bytes', ...options, 'BYTES', payload);
    }),
  );
}

async function allReadable(t: ExecutionContext, { clients, payloads }: Set, at: number): Promise<void> {
  for (const [name, payload] of payloads) {
    const bytes = (await clients.at(at).callBuffer('FABRIC.GET', name)) as Buffer | null;
    t.true(bytes?.equals(payload), `${name} isn't what it was`);
  }
}

/** Waits until those nodes have a copy of each. */
async function allAt({ clients, payloads }: Set, nodes: readonly number[]): Promise<void> {
  for (const name of payloads.keys()) {
    const there = async () => ((await clients.holders(name, nodes)).length === nodes.length ? true : undefined);
    await eventually(there, `${name} at all of ${nodes.join(', ')}`);
  }
}

async function used(clients: ClusterClients, index: number, node: string): Promise<number> {
  const nodes = await clients.records(index, 'FABRIC.NODES');
  return Number(nodes.find((record) => record.node === node)!.variables);
}

test.serial('what a forgotten node had copies of gets as many copies as before, in another zone', async (t) => {
  const set = await open(t, { cluster: SOON_DOWN });
  const { cluster, clients, names } = set;
  const [, beta] = names as [string, string, string];
  await fill(set, 1, 40, 'NODE', beta, 'REPLICAS', '2');
  await fill(set, 0, 10);
  await fill(set, 0, 3, 'REPLICAS', '3');
  await cluster.servers[1]!.kill('SIGKILL');
  await eventually(async () => ((await clients.state(0, beta)) === 'down' ? true : undefined), 'beta down');
  t.deepEqual(await clients.at(0).call('FABRIC.FORGET', beta), ['node', beta, 'lost_variables', 0]);
  const job = await clients.job(0, 'replicate', ({ state }) => state === 'done');
  t.like(job, { node: beta, moved_variables: '40', moved_bytes: String(40 * BYTES), left_variables: '0' });
  for (let index = 0; index < 40; index++) t.deepEqual(await clients.holders(`v${index}`, [0, 2]), [0, 2]);
  t.deepEqual(await clients.holders('v45', [0, 2]), [0]);
  await allReadable(t, set, 2);
});

test.serial('what a lost coordinator had copies of gets as many copies as were asked for', async (t) => {
  // All that are left have told what they have before anything is made up for.
  const set = await open(t, { cluster: { replace_ms: '0s', rejoin_wait_ms: '1min' } });
  const { cluster, clients, names } = set;
  const [alpha, beta] = names as [string, string, string];
  await fill(set, 1, 20, 'NODE', alpha, 'REPLICAS', '2');
  await fill(set, 1, 5);
  await fill(set, 1, 3, 'REPLICAS', '3');
  await clients.at(2).call('FABRIC.PULL', 'v22');
  await cluster.servers[0]!.kill('SIGKILL');
  await clients.at(2).call('FABRIC.PROMOTE', beta, 'FORCE');
  await eventually(() => clients.at(2).call('FABRIC.FORGET', alpha), 'alpha given up');
  const job = await clients.job(1, 'replicate', ({ state }) => state === 'done');
  t.like(job, { node: alpha, moved_variables: '20', moved_bytes: String(20 * BYTES), left_variables: '0' });
  for (let index = 0; index < 20; index++) t.deepEqual(await clients.holders(`v${index}`, [1, 2]), [1, 2]);
  t.deepEqual(await clients.holders('v20', [1, 2]), [1]);
  await allReadable(t, set, 2);
});

test.serial('what a lost node and another that is away had is made up for when that one is back', async (t) => {
  const set = await open(t, { cluster: { ...SOON_DOWN, replace_ms: '0s', rejoin_wait_ms: '100ms' } });
  const { cluster, clients, names } = set;
  const [alpha, , gamma] = names as [string, string, string];
  await fill(set, 1, 20, 'NODE', alpha, 'REPLICAS', '2');
  for (const index of [0, 1]) await cluster.servers[index]!.kill('SIGKILL');
  await clients.at(2).call('FABRIC.PROMOTE', gamma, 'FORCE');
  await eventually(() => clients.at(2).call('FABRIC.FORGET', alpha), 'alpha given up');
  await clients.job(2, 'replicate', ({ state }) => state === 'waiting');
  await cluster.servers[1]!.start();
  await allAt(set, [1, 2]);
  await allReadable(t, set, 2);
});

test.serial('a coordinator down for long is replaced, though its successor has never heard what it had', async (t) => {
  const set = await open(t, { cluster: { replace_ms: '2s', rejoin_wait_ms: '1s' } });
  const { cluster, clients, names } = set;
  const [alpha, beta] = names as [string, string, string];
  await fill(set, 1, 20, 'NODE', alpha, 'REPLICAS', '2');
  const before = await Promise.all([...set.payloads.keys()].map((name) => clients.holders(name, [0, 1, 2])));
  await cluster.servers[0]!.kill('SIGKILL');
  await clients.at(2).call('FABRIC.PROMOTE', beta, 'FORCE');
  await allAt(set, [1, 2]);
  await clients.job(1, 'replicate', ({ state }) => state === 'done');
  await cluster.servers[0]!.start();
  await clients.job(1, 'thin', ({ state }) => state === 'done');
  const after = await Promise.all([...set.payloads.keys()].map((name) => clients.holders(name, [0, 1, 2])));
  t.deepEqual(after, before);
  await allReadable(t, set, 2);
});

test.serial('a node down for long is replaced, and has its copies for itself again when it is back', async (t) => {
  const set = await open(t, { cluster: { ...SOON_DOWN, replace_ms: '1500ms' } });
  const { cluster, clients, names } = set;
  const [, , gamma] = names as [string, string, string];
  await fill(set, 2, 20, 'NODE', gamma, 'REPLICAS', '2');
  const before = await Promise.all([...set.payloads.keys()].map((name) => clients.holders(name, [0, 1, 2])));
  await cluster.servers[2]!.kill('SIGKILL');
  await clients.job(0, 'replicate', ({ state, moved_variables: moved }) => state === 'done' && moved === '20');
  t.deepEqual(await clients.holders('v0', [0, 1]), [0, 1]);
  await cluster.servers[2]!.start();
  await clients.job(0, 'thin', ({ state }) => state === 'done');
  t.is(await used(clients, 2, gamma), 20);
  const after = await Promise.all([...set.payloads.keys()].map((name) => clients.holders(name, [0, 1, 2])));
  t.deepEqual(after, before);
  await allReadable(t, set, 2);
});

test.serial(
  'a drained node is emptied, gets nothing new over restarts, and is used again when that is over',
  async (t) => {
    const set = await open(t);
    const { cluster, clients, names } = set;
    const [, beta] = names as [string, string, string];
    await fill(set, 1, 60);
    t.is(await clients.at(2).call('FABRIC.DRAIN', beta), 'OK');
    const job = await clients.job(2, 'drain', ({ state }) => state === 'done');
    t.like(job, { node: beta, moved_variables: '60', moved_bytes: String(60 * BYTES), left_variables: '0' });
    t.is(await used(clients, 1, beta), 0);
    await allReadable(t, set, 1);
    await fill(set, 1, 5);
    await fill(set, 1, 5, 'PLACE', 'spread');
    t.is(await used(clients, 1, beta), 0);
    await t.throwsAsync(clients.at(0).call('FABRIC.INSERT', 'no', '', 'bytes', 'NODE', beta, 'BYTES', 'x'), {
      message: /^INUSE .*drained/,
    });
    await t.throwsAsync(clients.at(0).call('FABRIC.PULL', 'v1', 'NODE', beta), { message: /^INUSE / });
    await cluster.servers[1]!.restart();
    // The coordinator, too, learns of it anew.
    await cluster.servers[0]!.restart('SIGKILL');
    await eventually(async () => ((await clients.state(0, beta)) === 'draining' ? true : undefined), 'beta draining');
    for (const index of [1, 2]) await eventually(() => clients.at(index).call('DBSIZE'), `${NODES[index]} joined`);
    await fill(set, 1, 5, 'REPLACE');
    t.is(await used(clients, 1, beta), 0);
    t.is(await clients.at(0).call('FABRIC.DRAIN', beta, 'STOP'), 'OK');
    await eventually(async () => ((await clients.state(0, beta)) === 'up' ? true : undefined), 'beta up');
    await fill(set, 1, 5);
    t.is(await used(clients, 1, beta), 5);
    await allReadable(t, set, 2);
  },
);

test.serial('draining keeps to its rate, can be stopped, and leaves what is pinned until it is released', async (t) => {
  const set = await open(t);
  const { clients, names } = set;
  const [, beta] = names as [string, string, string];
  await fill(set, 1, 20);
  const [, pin] = (await clients.at(1).call('FABRIC.PTR', 'v3', 'LEASE', '60000')) as [string, string];
  await clients.at(0).call('FABRIC.DRAIN', beta, 'BYTES_PER_SECOND', String(2 * BYTES));
  await clients.job(0, 'drain', ({ moved_variables: moved }) => Number(moved) >= 1);
  await clients.at(0).call('FABRIC.DRAIN', beta, 'STOP');
  const stopped = await clients.job(0, 'drain', ({ state }) => state === 'stopped');
  t.true(Number(stopped.moved_variables) < 15);
  t.is(stopped.bytes_per_second, String(2 * BYTES));
  await clients.at(0).call('FABRIC.DRAIN', beta, 'BYTES_PER_SECOND', '1000000000');
  const waiting = await clients.job(0, 'drain', ({ state }) => state === 'waiting');
  t.like(waiting, { left_variables: '1', pinned_variables: '1' });
  t.deepEqual(await clients.holders('v3', [0, 1, 2]), [1]);
  await clients.at(1).call('FABRIC.RELEASE', pin);
  await clients.job(0, 'drain', ({ state }) => state === 'done');
  t.is(await used(clients, 1, beta), 0);
  await allReadable(t, set, 0);
});

test.serial('a rebalance moves until each node has its share, and no more', async (t) => {
  const set = await open(t);
  const { clients, names } = set;
  await fill(set, 0, 150);
  t.is(await clients.at(1).call('FABRIC.REBALANCE'), 'OK');
  const job = await clients.job(1, 'rebalance', ({ state }) => state === 'done');
  t.is(job.why, '');
  const counts = await Promise.all(names.map((node, index) => used(clients, index, node)));
  for (const count of counts) t.true(Math.abs(count - 50) <= 2.5, counts.join(' '));
  t.true(Number(job.moved_variables) <= 100);
  await allReadable(t, set, 2);
  await clients.at(0).call('FABRIC.REBALANCE');
  t.is((await clients.job(0, 'rebalance', ({ state }) => state === 'done')).moved_variables, '0');
});

test.serial('DEALLOC … MOVE carries to other nodes what the node has no room for', async (t) => {
  const set = await open(t);
  const { clients, names } = set;
  const [, beta] = names as [string, string, string];
  await fill(set, 1, 100);
  const [segment] = await clients.records(1, 'FABRIC.SEGMENTS', beta);
  t.is(await clients.at(0).call('FABRIC.DEALLOC', beta, segment!.shared_id!, 'MOVE'), 'OK');
  t.is((await clients.records(1, 'FABRIC.SEGMENTS', beta)).length, 0);
  t.is(await used(clients, 1, beta), 0);
  await allReadable(t, set, 0);
});
