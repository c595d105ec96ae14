/** Three real nodes: what was given up stays given up, whoever coordinates, until it comes back with nothing. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ClusterClients, eventually } from '../support/cluster-clients.js';
import { SOON_DOWN, startCluster, type TestCluster } from '../support/cluster.js';
import { SERVER } from '../support/server.js';

interface Set {
  cluster: TestCluster;
  clients: ClusterClients;
  gamma: string;
}

/** `x` lay on alpha and on gamma, which was given up; then it was deleted. */
async function given(t: ExecutionContext): Promise<Set> {
  const cluster = await startCluster(t, { nodes: ['alpha', 'beta', 'gamma'], cluster: SOON_DOWN });
  const clients = new ClusterClients(t, cluster);
  const gamma = cluster.servers[2]!.node;
  await clients.at(0).call('FABRIC.INSERT', 'x', '', 'bytes', 'x');
  await clients.at(2).call('FABRIC.PULL', 'x');
  await cluster.servers[2]!.kill('SIGKILL');
  await eventually(async () => ((await clients.state(0, gamma)) === 'down' ? true : undefined), 'gamma down');
  await clients.at(1).call('FABRIC.FORGET', gamma);
  t.is(await clients.at(1).call('DEL', 'x'), 1);
  return { cluster, clients, gamma };
}

const refused = ({ cluster }: Set) =>
  eventually(
    () =>
      Promise.resolve(/given up with FABRIC\.FORGET.*datafabric purge/.test(cluster.servers[2]!.output()) || undefined),
    'its refusal',
  );

async function purged({ cluster, gamma }: Set): Promise<void> {
  await cluster.servers[2]!.kill('SIGTERM');
  const [node, ...args] = [...SERVER, 'purge', '--config', cluster.configPath, '--node', gamma, '--yes'];
  execFileSync(node, args);
  await cluster.servers[2]!.start();
}

test('over a restart of the coordinator, too', async (t) => {
  const set = await given(t);
  const { cluster, clients, gamma } = set;
  await cluster.servers[0]!.restart('SIGKILL');
  await eventually(async () => ((await clients.state(0, gamma)) === 'forgotten' ? true : undefined), 'that again');
  await cluster.servers[2]!.start();
  await refused(set);
  await eventually(() => clients.at(1).call('DBSIZE'), 'beta joined');
  t.is(await clients.at(1).call('GET', 'x'), null);
  t.is(await clients.state(1, gamma), 'forgotten');
  await purged(set);
  await eventually(() => clients.at(2).call('SET', 'y', 'of its own'), 'gamma back');
  t.is(await clients.at(2).call('GET', 'x'), null);
  // What it has had since is its own.
  await cluster.servers[2]!.kill('SIGKILL');
  await cluster.servers[0]!.restart('SIGKILL');
  await cluster.servers[2]!.start();
  t.is(
    await eventually(
      () =>
        clients
          .at(1)
          .call('GET', 'y')
          .then((value) => value ?? undefined),
      'y',
    ),
    'of its own',
  );
  t.is(await eventually(() => clients.state(1, gamma), 'its state'), 'up');
});

test('when it joins before those who know of it', async (t) => {
  const set = await given(t);
  const { cluster, clients, gamma } = set;
  const [alpha, beta] = cluster.servers;
  // Only beta knows of it then.
  await alpha!.kill('SIGKILL');
  await beta!.kill('SIGKILL');
  rmSync(join(cluster.stateOf(0), 'membership'));
  await alpha!.start();
  await cluster.servers[2]!.start();
  await eventually(async () => ((await clients.state(0, gamma)) === 'up' ? true : undefined), 'gamma, for now');
  await beta!.start();
  await refused(set);
  await eventually(async () => ((await clients.state(0, gamma)) === 'forgotten' ? true : undefined), 'gamma gone');
  t.is(await eventually(() => clients.at(1).call('DBSIZE'), 'beta joined'), 0);
  t.is(await clients.at(0).call('GET', 'x'), null);
});
