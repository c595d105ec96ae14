import { join } from 'node:path';
import { figure, median } from '../harness/figures.mjs';
import { LOAD_CPU, SERVER_CPU } from '../harness/processes.mjs';
import { request } from '../harness/resp.mjs';
import { documentKey, replyBytes, VALUE } from '../meta/documents.mjs';

const KEYS = 1000;
const KEY = 'doc-########';
const GET = request('META.GET', KEY);
const REDIS = { request: request('GET', KEY), reply_bytes: `$${VALUE.length}\r\n`.length + VALUE.length + 2 };
/** Connections and pipeline depth; the target is for the many connections of many clients, at either depth. */
const LOADS = [
  { connections: 1, pipeline: 1 },
  { connections: 50, pipeline: 1, least: 50_000 },
  { connections: 50, pipeline: 16, least: 50_000 },
];
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

const wordsOf = ({ connections, pipeline }) =>
  `${connections} connection${connections === 1 ? '' : 's'}, pipeline ${pipeline}`;

async function load(bench, node, { connections, pipeline, seconds, what = { request: GET, reply_bytes: replyBytes } }) {
  const values = { port: node.port, pid: node.pid, connections, pipeline, seconds, commands: NO_LIMIT, keys: KEYS };
  const result = await bench.run('loader', { ...values, ...what }, { cpu: LOAD_CPU });
  return {
    perSecond: result.commands / result.seconds,
    cpuMicroseconds: (result.server_cpu_seconds / result.commands) * 1e6,
    p99Microseconds: result.p99_us,
    busy: result.server_cpu_seconds / result.seconds,
  };
}

async function measureLoad(bench, { node, redis }, shape, notes) {
  const seconds = bench.size(3, 0.5);
  const samples = await bench.alternate({
    ours: () => load(bench, node, { ...shape, seconds }),
    theirs: () => load(bench, redis, { ...shape, seconds, what: REDIS }),
  });
  const of = (field) => ({
    ours: samples.ours.map((sample) => sample[field]),
    theirs: samples.theirs.map((sample) => sample[field]),
    against: 'Redis GET',
  });
  const what = `META.GET, ${wordsOf(shape)}`;
  notes.push(`${wordsOf(shape)}: the server's CPU busy ${Math.round(median(of('busy').ours) * 100)} %.`);
  const target = shape.least === undefined ? {} : { target: { least: shape.least }, judged: 'ours' };
  return [
    figure({ what, unit: 'commands/s', ...of('perSecond'), ...target }),
    figure({ what: `${what}: server CPU`, unit: 'µs/command', ...of('cpuMicroseconds') }),
    figure({ what: `${what}: p99 of a batch`, unit: 'µs', ...of('p99Microseconds') }),
  ];
}

/** The same while another process makes versions of the same keys. */
async function measureBeside(bench, node, outside, notes) {
  const seconds = bench.size(3, 0.5);
  const shape = { connections: 50, pipeline: 16 };
  const puts = [];
  const { samples } = await bench.alternate({
    samples: async () => {
      const [result, made] = await Promise.all([
        load(bench, node, { ...shape, seconds }),
        outside.step(`${KEYS} ${seconds}`),
      ]);
      puts.push(made / seconds);
      return result.perSecond;
    },
  });
  notes.push(`The other process made ${Math.round(median(puts))} versions a second meanwhile.`);
  return figure({ what: `META.GET, ${wordsOf(shape)}, another process writes`, unit: 'commands/s', ours: samples });
}

/** What another process has put and acknowledged, the next GET shows; how many did not. */
async function countStale(bench, node, outside) {
  const turns = bench.size(300, 10);
  let stale = 0;
  for (let turn = 0; turn < turns; turn++) {
    const key = documentKey(turn % KEYS);
    const version = await outside.step(key);
    const [shown] = await node.client.call('META.GET', key);
    if (Number.parseInt(shown, 16) !== version) stale++;
  }
  return stale;
}

async function run(bench) {
  const path = join(bench.folder, 'meta');
  const node = await bench.node({ cpu: SERVER_CPU, config: { meta: { store: 'posix', path } } });
  for (let at = 0; at < KEYS; at += 50) {
    const keys = Array.from({ length: 50 }, (_, index) => documentKey(at + index));
    await Promise.all(keys.map((key) => node.client.call('META.PUT', key, VALUE)));
  }
  const redis = await bench.redis({ cpu: SERVER_CPU });
  await Promise.all(Array.from({ length: KEYS }, (_, at) => redis.client.set(documentKey(at), VALUE)));
  const notes = [];
  const figures = [];
  for (const shape of LOADS) figures.push(...(await measureLoad(bench, { node, redis }, shape, notes)));
  const outside = bench.stepper(process.execPath, [
    join(import.meta.dirname, '../meta/outside.mjs'),
    join(node.folder, 'node.toml'),
  ]);
  await outside.ready();
  figures.push(await measureBeside(bench, node, outside, notes));
  const { ours } = await bench.alternate({ ours: () => countStale(bench, node, outside) });
  figures.push(
    figure({ what: "another process' versions not seen by the next META.GET", unit: '', ours, target: { most: 0 } }),
  );
  await outside.stop();
  return { sides: { Datafabric: node.settings, Redis: redis.settings }, figures, notes };
}

export const metaGet = {
  name: 'meta-get',
  title: 'META.GET of the current version, with writers outside the server',
  method:
    `${KEYS} documents of ${VALUE.length} bytes on files, asked for at random by a loader that only counts bytes. The server, with the thread that looks for newer versions, on CPU 0, the loader on CPU 1. ` +
    'Then another process, of this machine, makes versions in the same folder.',
  run,
};
