/** `datafabric cluster drain | rebalance | upkeep | promote`, on a running cluster. */
import test from 'ava';
import { runCli } from '../support/cli.js';
import { ClusterClients } from '../support/cluster-clients.js';
import { startCluster } from '../support/cluster.js';

test('the nodes of a file are asked to move variables, and for another coordinator', async (t) => {
  const cluster = await startCluster(t, { nodes: ['alpha', 'beta', 'gamma'] });
  const clients = new ClusterClients(t, cluster);
  const [alpha, beta] = cluster.servers.map(({ node }) => node) as [string, string];
  const run = (...args: string[]) => runCli(['cluster', ...args, '--config', cluster.configPath]);
  t.is((await run('upkeep')).stdout, 'nothing is being moved\n');
  await clients.at(1).call('FABRIC.INSERT', 'v', '', 'bytes', 'x');
  const drained = await run('drain', beta, '--bytes-per-second', '50000');
  t.is(drained.stdout, 'OK\n', drained.stderr);
  await clients.job(0, 'drain', ({ state }) => state === 'done');
  t.regex((await run('upkeep')).stdout, new RegExp(`drain +${beta} +done +1 +1 +0 +0 +0 +50000`));
  t.is((await run('drain', beta, '--stop')).stdout, 'OK\n');
  t.is((await run('rebalance')).stdout, 'OK\n');
  t.is((await run('rebalance', '--stop', '--bytes-per-second', '5000')).code, 2);
  t.regex((await run('drain', 'nobody')).stderr, /no node 'nobody'/);
  t.regex((await run('promote', beta)).stdout, new RegExp(`node ${beta} generation 1 .*${alpha}`));
});
