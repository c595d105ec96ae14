import { performance } from 'node:perf_hooks';
import { readFileSync, statSync } from 'node:fs';
import { figure } from '../harness/figures.mjs';
import { KEY, Lookups } from '../harness/load.mjs';
import { SERVER_CPU } from '../harness/processes.mjs';

const SIZES = [10_000, 100_000, 1_000_000, 10_000_000];
const QUICK_SIZES = [1_000, 10_000];
const RESTART_KEYS = 1_000_000;
const CONNECTIONS = 50;
const PIPELINE = 16;
const BYTES_MOST = 200;
const RESTART_SECONDS_MOST = 2;
const MIB = 2 ** 20;
const UNIT_BYTES = 64;
const BLOCK_BYTES = 512;
const STRING_BYTES = `default/${KEY}`.length + 'bytes'.length;

const textOf = (count) => count.toLocaleString('en-US');
const of = (samples, field) => samples.map((sample) => sample[field]);

/** Memory of the process alone: objects in /dev/shm, which it maps, are not in it. */
const anonymousBytes = (pid) =>
  Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) * 1024;

const catalogBytes = (node) => {
  const catalog = node.objects().find((name) => name.endsWith('.catalog'));
  return statSync(`/dev/shm/${catalog}`).blocks * BLOCK_BYTES;
};

const memoryOf = (node) => catalogBytes(node) + anonymousBytes(node.pid);

async function measureSize(bench, lookups, seconds) {
  const load = { connections: CONNECTIONS, pipeline: PIPELINE, seconds };
  for (const side of ['locate', 'get']) await lookups[side](load);
  const { ours, theirs } = await bench.alternate({ ours: () => lookups.locate(load), theirs: () => lookups.get(load) });
  return { keys: lookups.keys, ours: of(ours, 'cpuMicroseconds'), theirs: of(theirs, 'cpuMicroseconds') };
}

/** From the start of the process to the first reply; the variables are where they were. */
async function restart(node, signal) {
  await node.end(signal);
  const start = performance.now();
  await node.start();
  const placements = await node.client.call('FABRIC.LOCATE', KEY.replace(/#+/, '00000001'));
  if (placements === null) throw new Error('the variables did not survive the restart');
  return (performance.now() - start) / 1000;
}

const restartFigure = (what, seconds, keys) =>
  figure({
    what: `warm restart of ${textOf(keys)} after ${what}`,
    unit: 's',
    ours: seconds,
    target: { most: RESTART_SECONDS_MOST },
  });

async function measureRestarts(bench, node, keys) {
  const { term, kill } = await bench.alternate({
    term: () => restart(node, 'SIGTERM'),
    kill: () => restart(node, 'SIGKILL'),
  });
  return [restartFigure('SIGTERM', term, keys), restartFigure('kill -9', kill, keys)];
}

function growthFigures(results) {
  const [least, most] = [results[0], results.at(-1)];
  const growth = (side) => most[side].map((cpu, round) => cpu / least[side][round]);
  return [
    ...results.map(({ keys, ours, theirs }) =>
      figure({ what: `${textOf(keys)} variables: server CPU per LOCATE`, unit: 'µs', ours, theirs, against: 'GET' }),
    ),
    figure({
      what: `its growth from ${textOf(least.keys)} to ${textOf(most.keys)}`,
      unit: 'times',
      ours: growth('ours'),
      theirs: growth('theirs'),
      against: 'GET',
      target: { most: 1 },
    }),
  ];
}

async function run(bench) {
  const sizes = bench.size(SIZES, QUICK_SIZES).filter((keys) => keys <= bench.keysMax);
  const restartKeys = Math.min(RESTART_KEYS, sizes.at(-1));
  const seconds = bench.size(2, 0.2);
  const most = sizes.at(-1);
  const node = await bench.node({
    cpu: SERVER_CPU,
    config: {
      node: { segments_mib: [Math.ceil((most * UNIT_BYTES) / MIB) + 2] },
      limits: { variables_max: most + 1000, string_bytes_max: '4 GiB' },
    },
  });
  const redis = await bench.redis({ cpu: SERVER_CPU });
  const lookups = new Lookups(bench, node, redis);
  const results = [];
  const perVariable = [];
  let restarts = [];
  let [keysBefore, bytesBefore] = [0, 0];
  for (const keys of sizes) {
    await lookups.growTo(keys);
    const bytes = memoryOf(node);
    // Between sizes, not from an empty server: what a JavaScript engine takes for itself is no variable's.
    if (keysBefore > 0)
      perVariable.push({
        from: keysBefore,
        to: keys,
        bytes: (bytes - bytesBefore) / (keys - keysBefore) - STRING_BYTES,
      });
    [keysBefore, bytesBefore] = [keys, bytes];
    results.push(await measureSize(bench, lookups, seconds));
    if (keys !== restartKeys) continue;
    restarts = await measureRestarts(bench, node, keys);
    // The next size is counted from what this process has, which came up with the variables.
    await lookups.locate({ connections: CONNECTIONS, pipeline: PIPELINE, seconds });
    bytesBefore = memoryOf(node);
  }
  const client = `bench/native/loader.cc: random keys, ${CONNECTIONS} connections, pipeline ${PIPELINE}, RESP2`;
  return {
    sides: {
      Datafabric: { ...node.settings, client },
      Redis: {
        ...redis.settings,
        client: `the same; values of ${lookups.valueBytes} bytes, so that the replies are as long`,
      },
    },
    figures: [
      ...growthFigures(results),
      ...perVariable.map(({ from, to, bytes }) =>
        figure({
          what: `bytes beside the strings, each variable from ${textOf(from)} to ${textOf(to)}`,
          unit: 'B',
          ours: [bytes],
          target: to === most ? { most: BYTES_MOST } : undefined,
        }),
      ),
      ...restarts,
    ],
    notes: [
      `Strings are name and type, ${STRING_BYTES} bytes; beside them: allocated pages of the catalog object and the server’s own memory.`,
    ],
  };
}

export const catalog = {
  name: 'catalog',
  title: 'Catalog of 10 thousand → 10 million variables',
  method:
    'Server CPU per lookup of random keys, at each size in alternating rounds with Redis’ GET of as many keys with the same names. A warm restart is timed from the start of the process to the reply to its first LOCATE. Servers on CPU 0, the loader on CPU 1.',
  run,
};
