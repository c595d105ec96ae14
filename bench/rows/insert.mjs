import { figure } from '../harness/figures.mjs';
import { KEY } from '../harness/load.mjs';
import { LOAD_CPU, SERVER_CPU } from '../harness/processes.mjs';
import { requestHead } from '../harness/resp.mjs';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const REGION_BYTES = 2 ** 30;
/** `count` payloads make one sample; a target of SET's speed for each. */
const SIZES = [
  { label: '1 KiB', bytes: KIB, count: 10_000, ofSet: 1 },
  { label: '1 MiB', bytes: MIB, count: 200, ofSet: 1 },
  { label: '64 MiB', bytes: 64 * MIB, count: 6, ofSet: 2 },
  { label: '256 MiB', bytes: 256 * MIB, count: 3, ofSet: 3 },
];
const WARMING_ROUNDS = 2;
const OF_SINK = 0.85;
/** Memory is free again between the samples; it plays no part in them. */
const QUARANTINE = { quarantine_ms: 0 };

const sender = async (bench, { port, pid }, size, words) => {
  const values = { port, pid, bytes: size.bytes, count: size.count, from: 0, ...words };
  const { seconds, server_cpu_seconds: cpu } = await bench.run('sender', values, { cpu: LOAD_CPU });
  return { mibPerSecond: (size.bytes * size.count) / MIB / seconds, cpuMicroseconds: (cpu / size.count) * 1e6 };
};

const resp = (size, ...words) => ({
  header: requestHead(size.bytes, ...words),
  trailer: '\r\n',
  acknowledgement: 'reply',
});

async function insertInto(bench, node, size) {
  const sample = await sender(bench, node, size, resp(size, 'FABRIC.INSERT', KEY, '', 'bytes'));
  await node.empty();
  return sample;
}

async function setInto(bench, redis, size) {
  const sample = await sender(bench, redis, size, resp(size, 'SET', KEY));
  await redis.client.flushall('SYNC');
  return sample;
}

const of = (samples, field) => samples.map((sample) => sample[field]);

async function measureSize(bench, node, redis, size) {
  const sink = await bench.sink(
    { bytes: size.bytes, region: bench.size(REGION_BYTES, size.bytes) },
    { cpu: SERVER_CPU },
  );
  const sides = {
    ours: () => insertInto(bench, node, size),
    sink: () => sender(bench, sink, size, { header: '', trailer: '', acknowledgement: 'byte' }),
    set: () => setInto(bench, redis, size),
  };
  // Unmeasured: code is compiled, and memory of Redis' allocator taken from the system.
  for (let i = 0; i < WARMING_ROUNDS; i++) for (const side of Object.values(sides)) await side();
  const { ours, sink: bare, set } = await bench.alternate(sides);
  await sink.stop();
  const speed = (against, theirs, least) =>
    figure({
      what: `INSERT of ${size.label}`,
      unit: 'MiB/s',
      ours: of(ours, 'mibPerSecond'),
      theirs: of(theirs, 'mibPerSecond'),
      against,
      target: { least },
    });
  const bound = figure({
    what: `for scale: the bare sink, ${size.label}`,
    unit: 'MiB/s',
    ours: of(bare, 'mibPerSecond'),
    theirs: of(set, 'mibPerSecond'),
    against: 'SET',
  });
  const cpu = figure({
    what: `INSERT of ${size.label}: server CPU`,
    unit: 'µs',
    ours: of(ours, 'cpuMicroseconds'),
    theirs: of(set, 'cpuMicroseconds'),
    against: 'SET',
  });
  return [speed('bare sink', bare, OF_SINK), speed('SET', set, size.ofSet), bound, cpu];
}

async function run(bench) {
  const sizes = bench.size(
    SIZES,
    SIZES.slice(0, 2).map((size) => ({ ...size, count: 20 })),
  );
  const node = await bench.node({
    cpu: SERVER_CPU,
    config: { node: { segments_mib: [bench.size(1024, 64)] }, times: QUARANTINE },
  });
  const redis = await bench.redis({ cpu: SERVER_CPU });
  const figures = [];
  for (const size of sizes) figures.push(...(await measureSize(bench, node, redis, size)));
  return {
    sides: {
      Datafabric: {
        ...node.settings,
        client: 'bench/native/sender.cc, one connection over TCP, one payload at a time',
      },
      Redis: { ...redis.settings, client: 'the same' },
      sink: {
        program: 'bench/native/sink.cc',
        cpu: SERVER_CPU,
        client: 'the same; no request, one byte as acknowledgement',
      },
    },
    figures,
  };
}

export const insert = {
  name: 'insert',
  title: 'INSERT of bytes against a bare sink and against SET',
  method:
    'One sender for all three. The sink receives into prefaulted, mapped shared memory and does nothing else; ours also checks the request, takes room, checksums (crc32c) and catalogues. New names each time; emptied between the samples, not timed. Servers on CPU 0, the sender on CPU 1.',
  run,
};
