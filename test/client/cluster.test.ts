/** Clients of a cluster: whom they ask, what they reach from there, and what happens when a node is gone. */
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { copy } from '../../dist/client/attach.js';
import { connect, NodeLostError, type ConnectOptions, type FabricClient } from '../../dist/client/index.js';
import { NodeSession } from '../../dist/client/node-session.js';
import { Authority } from '../support/certificates.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { Keeper } from '../support/keeper.js';

const NODES = ['alpha', 'beta', 'gamma'];
const CONTENT = Float64Array.from({ length: 1000 }, (_, index) => index / 7);

async function client(
  t: ExecutionContext,
  options: ConnectOptions | string | readonly string[],
): Promise<FabricClient> {
  const fabric = await connect(options);
  t.teardown(() => fabric.close());
  return fabric;
}

const portOf = ({ redis }: FabricClient) => redis.options.port;

/** Memory of its own, as on another machine; its network is the same. */
async function room(t: ExecutionContext): Promise<string[]> {
  const keeper = await Keeper.start({ namespaces: ['mount'], setUp: ['mount -t tmpfs -o size=64m tmpfs /dev/shm'] });
  t.teardown(() => keeper.stop());
  return keeper.launcher;
}

async function insertAt(t: ExecutionContext, cluster: TestCluster, index: number, name: string): Promise<void> {
  const fabric = await client(t, `redis://${cluster.addressOf(index)}`);
  const [placement] = await fabric.insert(name, CONTENT);
  t.is(placement?.node, cluster.servers[index]!.node);
}

test('what lies on another node of this host is attached in place, and its pin given back there', async (t) => {
  const cluster = await startCluster(t, { nodes: NODES });
  for (const [index, name] of NODES.entries()) await insertAt(t, cluster, index, name);
  const single = `redis://${cluster.addressOf(0)}`;
  for (const options of [single, cluster.addresses]) {
    const fabric = await client(t, options);
    for (const [index, name] of NODES.entries()) {
      const attachment = await fabric.attach<Float64Array>(name);
      t.is(attachment.source, 'shared');
      t.is(attachment.node, cluster.servers[index]!.node);
      t.deepEqual(attachment.array, CONTENT);
      t.is((await fabric.info(name))?.pins, 1);
      await attachment.release();
      t.is((await fabric.info(name))?.pins, 0);
    }
    await t.throwsAsync(fabric.attach('nothing'), { code: 'NOTFOUND' });
  }
});

test('over TLS other nodes of this host are found where they speak it', async (t) => {
  const authority = new Authority();
  t.teardown(() => authority.dispose());
  const cluster = await startCluster(t, { nodes: NODES, authority });
  await insertAt(t, cluster, 2, 'far');
  const ca = readFileSync(authority.ca);
  const address = `rediss://${cluster.host}:${cluster.tlsPortOf(0)}`;
  for (const options of [
    { url: address, tls: { ca } },
    { nodes: [address], tls: { ca } },
  ]) {
    const fabric = await client(t, options);
    const attachment = await fabric.attach<Float64Array>('far');
    t.is(attachment.source, 'shared');
    t.is(attachment.node, cluster.servers[2]!.node);
    t.deepEqual(attachment.array, CONTENT);
    await attachment.release();
    t.deepEqual(
      (await fabric.nodes()).map(({ tlsPort }) => tlsPort),
      NODES.map((_, index) => cluster.tlsPortOf(index)),
    );
  }
});

test('of the nodes the one is asked whose memory is here, and others are replicated to it', async (t) => {
  const cluster = await startCluster(t, { nodes: NODES, launchers: { alpha: await room(t), gamma: await room(t) } });
  await insertAt(t, cluster, 2, 'far');
  const fabric = await client(t, [cluster.addressOf(0)]);
  t.is(portOf(fabric), cluster.servers[1]!.port);
  const attachment = await fabric.attach<Float64Array>('far');
  t.is(attachment.source, 'shared');
  t.is(attachment.node, cluster.servers[1]!.node);
  t.deepEqual(attachment.array, CONTENT);
  t.deepEqual(
    (await fabric.info('far'))?.placements.map(({ node }) => node).sort(),
    [1, 2].map((index) => cluster.servers[index]!.node),
  );
});

test('where no memory is here the bytes are copied, and marked so', async (t) => {
  const own = await room(t);
  const cluster = await startCluster(t, { nodes: NODES, launchers: { alpha: own, beta: own, gamma: own } });
  await insertAt(t, cluster, 1, 'far');
  const fabric = await client(t, cluster.addresses);
  t.is(portOf(fabric), cluster.servers[0]!.port);
  const attachment = await fabric.attach<Float64Array>('far');
  t.is(attachment.source, 'copied');
  t.is(attachment.node, cluster.servers[1]!.node);
  t.deepEqual(attachment.array, CONTENT);
  t.is((await fabric.info('far'))?.pins, 1);
  await attachment.release({ delete: true });
  t.is(await fabric.info('far'), null);
});

test('a copy through a node that has no pin to give', async (t) => {
  const cluster = await startCluster(t, { nodes: NODES });
  await insertAt(t, cluster, 1, 'far');
  const fabric = await client(t, `redis://${cluster.addressOf(0)}`);
  const session = new NodeSession(fabric.redis, { lasting: true });
  const attachment = await copy<Float64Array>(session, Buffer.from('far'));
  t.is(attachment?.source, 'copied');
  t.deepEqual(attachment?.array, CONTENT);
  await t.throwsAsync(attachment!.renew(1000), { code: 'REMOTE' });
  await t.throwsAsync(attachment!.release({ delete: true }), { code: 'REMOTE' });
  await attachment!.release();
  t.is(await copy(session, Buffer.from('nothing')), undefined);
});

test('reads go on when the node that is asked is killed', async (t) => {
  const cluster = await startCluster(t, { nodes: NODES });
  const [, killed] = cluster.servers;
  await insertAt(t, cluster, 2, 'there');
  await insertAt(t, cluster, 1, 'lost');
  const fabric = await client(t, [cluster.addressOf(1), cluster.addressOf(2)]);
  t.is(portOf(fabric), killed!.port);
  const lost = await fabric.attach<Float64Array>('lost');
  const waiting = fabric.attach('late', { wait: 60_000 });
  const counts = { before: 0, after: 0 };
  let [killing, dead] = [false, false];
  const kill = async () => {
    killing = true;
    await killed!.kill('SIGKILL');
    dead = true;
  };
  const reading = (async () => {
    while (counts.after < 200) {
      const [attachment, bytes] = await Promise.all([fabric.attach<Float64Array>('there'), fabric.get('there')]);
      t.deepEqual(attachment.array, CONTENT);
      t.is(bytes?.length, CONTENT.byteLength);
      await attachment.release();
      counts[dead ? 'after' : 'before']++;
      if (counts.before === 50 && !killing) void kill();
    }
  })();
  await reading;
  t.true(counts.before >= 50);
  t.is(portOf(fabric), cluster.servers[2]!.port);
  // What was attached stays readable; its pin is let go with nobody to tell.
  t.deepEqual(lost.array, CONTENT);
  await lost.release();
  await fabric.insert('late', CONTENT);
  t.is((await waiting).source, 'shared');
});

test('a change that may have been made is not made again', async (t) => {
  const cluster = await startCluster(t, { nodes: NODES });
  const other = await client(t, `redis://${cluster.addressOf(2)}`);
  await other.insert('one', CONTENT);
  const fabric = await client(t, [cluster.addressOf(1), cluster.addressOf(2)]);
  const [, stopped] = cluster.servers;
  process.kill(stopped!.pid, 'SIGSTOP');
  const inserting = fabric.insert('same', CONTENT);
  const failing = fabric.insert('differs', CONTENT);
  const deleting = fabric.delete('one');
  await other.insert('same', CONTENT);
  await other.insert('differs', Float64Array.of(1));
  await stopped!.kill('SIGKILL');
  // Somebody wrote those very bytes: as good as this client's own.
  t.is((await inserting)[0]?.node, cluster.servers[2]!.node);
  for (const change of [failing, deleting]) {
    t.true((await t.throwsAsync(change, { instanceOf: NodeLostError })).sent);
  }
  t.not(await fabric.info('one'), null);
  t.is(await fabric.delete('one'), 1);
});

test('a node that comes back is asked again, and none at all is an error', async (t) => {
  const cluster = await startCluster(t, { nodes: NODES.slice(0, 2) });
  const fabric = await client(t, cluster.addresses);
  const [first, second] = cluster.servers;
  await first!.kill('SIGKILL');
  t.is((await fabric.nodes()).length, 2);
  await second!.kill('SIGKILL');
  const error = await t.throwsAsync(fabric.get('x'), { instanceOf: NodeLostError });
  t.regex(error.message, /no node answers .*ECONNREFUSED/);
  await cluster.start();
  await fabric.insert('x', CONTENT);
  t.is((await fabric.get('x'))?.length, CONTENT.byteLength);
  await t.throwsAsync(connect([]), { message: /name the address/ });
});
