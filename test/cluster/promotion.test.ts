/** Three real nodes without an election: another coordinator by hand. */
import test from 'ava';
import { PEER_PROTOCOL } from '../../dist/cluster/peer-messages.js';
import { ClusterClients, eventually } from '../support/cluster-clients.js';
import { startCluster } from '../support/cluster.js';

const NODES = ['alpha', 'beta', 'gamma'];

const coordinatorOf = async (clients: ClusterClients, index: number): Promise<string> =>
  (await clients.records(index, 'FABRIC.NODES'))
    .filter(({ role }) => role === 'coordinator')
    .map(({ node }) => node)
    .join(' ');

const insert = (clients: ClusterClients, index: number, name: string) =>
  clients.at(index).call('FABRIC.INSERT', name, '', 'bytes', name) as Promise<unknown[][]>;

const aboutVersions = (error: unknown): Error | undefined =>
  error instanceof Error && error.message.includes('version') ? error : undefined;

/** As soon as the nodes have joined. */
const inserted = (clients: ClusterClients, index: number, name: string) =>
  eventually(() => insert(clients, index, name), `${name} at node ${index}`);

test.serial(
  'a coordinator that is there hands over, and gets its office back, with ids that nobody has had',
  async (t) => {
    const cluster = await startCluster(t, { nodes: NODES });
    const clients = new ClusterClients(t, cluster);
    const [alpha, beta] = cluster.servers.map(({ node }) => node) as [string, string];
    const xids: number[] = [];
    const store = async (name: string) => {
      for (const index of [0, 1, 2])
        xids.push(((await inserted(clients, index, `${name}${index}`)) as number[][])[0]![4]!);
    };
    await store('first');
    const consumer = clients.at(2).duplicate();
    t.teardown(() => consumer.disconnect());
    const awaited = [0, 60_000].map((waitMs) => consumer.call('FABRIC.LOCATE', `awaited ${waitMs}`, 'WAIT', waitMs));
    const [promoted] = [(await clients.at(2).call('FABRIC.PROMOTE', beta)) as unknown[]];
    t.deepEqual(promoted.slice(0, 4), ['node', beta, 'generation', 1]);
    t.deepEqual(promoted.at(-1), []);
    await store('second');
    for (const index of [0, 1, 2]) t.is(await coordinatorOf(clients, index), beta);
    await t.throwsAsync(clients.at(0).call('FABRIC.PROMOTE', beta), { message: /^EXISTS / });
    await clients.at(0).call('FABRIC.PROMOTE', alpha);
    await store('third');
    // It has waited under three coordinators.
    for (const waitMs of [0, 60_000]) await inserted(clients, 1, `awaited ${waitMs}`);
    for (const reply of await Promise.all(awaited)) t.is((reply as unknown[][])[0]![0], beta);
    for (const index of [0, 1, 2]) t.is(await coordinatorOf(clients, index), alpha);
    t.is(new Set(xids).size, 9);
    t.is(await clients.at(1).call('DBSIZE'), 11);
  },
);

test.serial('one that is gone is passed over only by force, and follows when it is back', async (t) => {
  const cluster = await startCluster(t, { nodes: NODES });
  const clients = new ClusterClients(t, cluster);
  const [alpha, beta, gamma] = cluster.servers.map(({ node }) => node) as [string, string, string];
  await inserted(clients, 0, 'old');
  await cluster.servers[0]!.kill('SIGKILL');
  await t.throwsAsync(clients.at(1).call('FABRIC.PROMOTE', beta), { message: /^REMOTE .*FORCE/ });
  await t.throwsAsync(clients.at(1).call('FABRIC.PROMOTE', alpha, 'FORCE'), { message: /^REMOTE / });
  const promoted = (await clients.at(1).call('FABRIC.PROMOTE', beta, 'FORCE')) as unknown[];
  t.deepEqual(promoted.slice(4), ['told', [beta, gamma], 'silent', [alpha]]);
  await inserted(clients, 2, 'new');
  await cluster.servers[0]!.start();
  await inserted(clients, 0, 'newest');
  t.is(await coordinatorOf(clients, 0), beta);
  t.is(await eventually(async () => ((await clients.at(2).call('DBSIZE')) === 3 ? 3 : undefined), 'all three'), 3);
  t.is(await clients.at(2).call('GET', 'old'), 'old');
  // It holds over a restart of the coordinator, too.
  await cluster.servers[1]!.restart('SIGKILL');
  await inserted(clients, 0, 'after');
  t.is(await coordinatorOf(clients, 2), beta);
});

test.serial(
  'a node of another version of the protocol is refused with both versions, and serves what it has',
  async (t) => {
    const cluster = await startCluster(t, { nodes: NODES });
    const clients = new ClusterClients(t, cluster);
    const [, , gamma] = cluster.servers.map(({ node }) => node) as [string, string, string];
    await inserted(clients, 2, 'mine');
    await cluster.servers[2]!.kill('SIGTERM');
    await cluster.servers[2]!.start({
      NODE_OPTIONS: `--import ${new URL('foreign-protocol.js', import.meta.url).href}`,
    });
    const error = await eventually(() => insert(clients, 2, 'no').then(() => undefined, aboutVersions), 'a refusal');
    t.regex(
      error.message,
      new RegExp(`NOCOORD .*node ${gamma} speaks version 99 .* version ${PEER_PROTOCOL}: upgrade the older`),
    );
    t.is(await clients.at(2).call('GET', 'mine'), 'mine');
    await insert(clients, 1, 'still');
    await cluster.servers[2]!.restart();
    await inserted(clients, 2, 'again');
  },
);
