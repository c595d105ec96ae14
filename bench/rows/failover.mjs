import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { figure } from '../harness/figures.mjs';

const LEASE_MS = 2000;
const DOWN_MS = 1000;
const LEASES_MOST = 2;
const POLL_MS = 5;

const fieldOf = (record, name) => record[record.indexOf(name) + 1];

/** Who coordinates, as that node knows it; undefined: nobody. */
async function leaderAt(node) {
  const nodes = await node.client.call('FABRIC.NODES');
  const leader = nodes.find((record) => fieldOf(record, 'role') === 'coordinator');
  return leader === undefined ? undefined : fieldOf(leader, 'node');
}

async function polled(look) {
  for (;;) {
    const seen = await look().catch(() => undefined);
    if (seen !== undefined) return seen;
    await setTimeout(POLL_MS);
  }
}

/** Kills the coordinator; how long until another leads, and until a write through the third is acknowledged. */
async function succession(cluster, name) {
  const dead = await polled(() => leaderAt(cluster.nodes[0]));
  const victim = cluster.nodes.find((node) => node.name === dead);
  const others = cluster.nodes.filter((node) => node !== victim);
  const startMs = performance.now();
  await victim.end('SIGKILL');
  const next = await polled(async () => {
    const leader = await leaderAt(others[0]);
    return leader === dead ? undefined : leader;
  });
  const leadsMs = performance.now() - startMs;
  const third = others.find((node) => node.name !== next);
  await polled(() => third.client.set(name, 'x'));
  const writesMs = performance.now() - startMs;
  await victim.start();
  await cluster.whole();
  return { leads: leadsMs / LEASE_MS, writesMs };
}

async function run(bench) {
  const etcd = await bench.etcd();
  const cluster = await bench.cluster({
    // That nodes miss each other is what is measured.
    config: { log: { level: 'error' } },
    cluster: {
      election: 'etcd',
      etcd_endpoints: [etcd.endpoint],
      lease_ms: LEASE_MS,
      heartbeat_ms: DOWN_MS / 10,
      down_ms: DOWN_MS,
      rejoin_wait_ms: DOWN_MS,
    },
  });
  const { ours } = await bench.alternate({ ours: (round) => succession(cluster, `after ${round}`) });
  return {
    sides: { 'Datafabric cluster': { ...cluster.settings, lease_ms: LEASE_MS, down_ms: DOWN_MS }, etcd: etcd.settings },
    figures: [
      figure({
        what: 'the coordinator is killed: another leads',
        unit: 'leases',
        ours: ours.map(({ leads }) => leads),
        target: { most: LEASES_MOST },
      }),
      figure({
        what: 'the coordinator is killed: a write through another node is acknowledged',
        unit: 'ms',
        ours: ours.map(({ writesMs }) => writesMs),
      }),
    ],
    notes: [
      `A write waits in addition for the dead node to report, ${DOWN_MS} ms at most here (cluster.rejoin_wait_ms): what lies there alone may have the name.`,
    ],
  };
}

export const failover = {
  name: 'failover',
  title: 'Another coordinator, elected by etcd',
  method:
    'Three nodes and an etcd on this machine. The coordinator is killed with SIGKILL, and another node is asked again and again who it is; then the dead one is started again.',
  run,
};
