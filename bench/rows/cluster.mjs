import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { INSERT, KEY, LOCATE, walk } from '../harness/load.mjs';
import { figure } from '../harness/figures.mjs';
import { LOAD_CPU, SERVER_CPU } from '../harness/processes.mjs';
import { requestHead } from '../harness/resp.mjs';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** Few enough that each is asked for again while it is remembered. */
const KEYS = 200;
const CONNECTIONS = 50;
const PIPELINE = 16;
const INSERTS = 5_000;
const LOCATE_LEAST = 0.95;
const INSERT_MOST = 3;
const PULL_LEAST = 0.8;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

async function locating(bench, node, seconds) {
  const load = { port: node.port, pid: node.pid, connections: CONNECTIONS, pipeline: PIPELINE, seconds };
  const lengths = join(bench.folder, `lengths-${node.name}`);
  rmSync(lengths, { force: true });
  await walk(bench, node, LOCATE, 0, KEYS, lengths);
  const { commands, seconds: took } = await bench.run(
    'loader',
    { ...load, commands: NO_LIMIT, keys: KEYS, request: LOCATE, lengths },
    { cpu: LOAD_CPU },
  );
  return commands / took;
}

async function inserting(bench, node, count, from) {
  const { seconds } = await bench.run(
    'sender',
    {
      port: node.port,
      pid: node.pid,
      bytes: 1024,
      count,
      from,
      header: requestHead(1024, 'FABRIC.INSERT', KEY, '', 'bytes'),
      trailer: '\r\n',
      acknowledgement: 'reply',
    },
    { cpu: LOAD_CPU },
  );
  return (seconds / count) * 1e6;
}

/** One gibibyte from one node to another, and away again. */
async function pulling(holder, puller, bytes) {
  await holder.client.call('FABRIC.RESERVE', 'big', '', 'bytes', 'LENGTH', bytes).then(async (reply) => {
    await holder.client.call('FABRIC.SEAL', reply[reply.indexOf('xid') + 1]);
  });
  const start = performance.now();
  await puller.client.call('FABRIC.PULL', 'big');
  const seconds = (performance.now() - start) / 1000;
  await holder.client.call('FABRIC.DELETE', 'big');
  for (const node of [holder, puller]) await node.freed();
  return bytes / MIB / seconds;
}

async function sending(bench, sink, bytes) {
  const values = { port: sink.port, pid: sink.pid, bytes, count: 1, from: 0, header: '', trailer: '' };
  const { seconds } = await bench.run('sender', { ...values, acknowledgement: 'byte' });
  return bytes / MIB / seconds;
}

async function run(bench) {
  const seconds = bench.size(2, 0.2);
  const inserts = bench.size(INSERTS, 100);
  const pulled = bench.size(GIB, 16 * MIB);
  const segmentsMib = [256, Math.ceil(pulled / MIB) + 256];
  const single = await bench.node({ cpu: SERVER_CPU, config: { node: { segments_mib: [256] } } });
  const cluster = await bench.cluster({ segmentsMib, config: { times: { quarantine_ms: 2000 } } });
  const [coordinator, member] = cluster.nodes;
  await walk(bench, single, INSERT('x'), 0, KEYS);
  await walk(bench, coordinator, INSERT('x'), 0, KEYS);
  const locate = {
    cluster: () => locating(bench, member, seconds),
    single: () => locating(bench, single, seconds),
  };
  const insert = {
    cluster: (round) => inserting(bench, member, inserts, 1_000 + (round + 1) * inserts),
    single: (round) => inserting(bench, single, inserts, 1_000 + (round + 1) * inserts),
  };
  const sink = await bench.sink({ bytes: pulled, region: pulled });
  const pull = {
    cluster: () => pulling(coordinator, member, pulled),
    tcp: () => sending(bench, sink, pulled),
  };
  // Code is compiled, and memory taken from the system.
  for (const side of [locate, insert, pull].flatMap((sides) => Object.values(sides))) await side(-1);
  const [located, inserted, brought] = [
    await bench.alternate(locate),
    await bench.alternate(insert),
    await bench.alternate(pull),
  ];
  await sink.stop();
  return {
    sides: {
      'Datafabric cluster': cluster.settings,
      Datafabric: single.settings,
      'raw TCP': { program: 'bench/native/sender.cc to sink.cc, which writes into mapped memory', cpus: 'any' },
    },
    figures: [
      figure({
        what: `LOCATE at a member of what another node has, remembered, pipeline ${PIPELINE}`,
        unit: 'commands/s',
        ours: located.cluster,
        theirs: located.single,
        against: 'single node',
        target: { least: LOCATE_LEAST },
      }),
      figure({
        what: 'INSERT of 1 KiB through a member, placed there: latency, one round trip of the client',
        unit: 'µs',
        ours: inserted.cluster,
        theirs: inserted.single,
        against: 'single node',
        target: { most: INSERT_MOST },
      }),
      figure({
        what: `PULL of ${pulled / MIB} MiB from one node to another`,
        unit: 'MiB/s',
        ours: brought.cluster,
        theirs: brought.tcp,
        against: 'raw TCP',
        target: { least: PULL_LEAST },
      }),
    ],
    notes: [
      'What a member remembers of other nodes it takes for true for a second: with so many names that each is asked for less often than that, a LOCATE is a question to the coordinator.',
    ],
  };
}

export const cluster = {
  name: 'cluster',
  title: 'Three nodes against one, and against raw TCP',
  method:
    'Three nodes on the loopback of this machine, a single one beside them. All share its CPUs, so that a round trip between nodes costs more here than its network would.',
  run,
};
