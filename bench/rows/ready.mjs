import { join } from 'node:path';
import { figure, median } from '../harness/figures.mjs';
import { LOAD_CPU, SERVER_CPU } from '../harness/processes.mjs';
import { root } from '../../scripts/step.mjs';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const DOUBLE_BYTES = 8;
const SIZES = [KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 16 * MIB, 64 * MIB, 256 * MIB, 1024 * MIB];
const QUICK_SIZES = [KIB, 256 * KIB, 64 * MIB];
/** Redis' default limit of a value; ours is held against nothing beyond it. */
const GET_BYTES_MAX = 512 * MIB;
const BREAK_EVEN_BYTES_MAX = 256 * KIB;
const READ_BYTES = 64 * MIB;
const READ_TIMES = 4;

const here = join(root, 'bench/readers');
const python = (side, port) => ['python3', [join(here, 'ready.py'), side, port]];
const node = (side, port) => [process.execPath, [join(here, 'ready.mjs'), side, port]];

/** Who attaches, who GETs in the same language, and how long attaching may take, in microseconds. */
const CLIENTS = [
  { label: 'redis-py and numpy.memmap', attach: python.bind(null, 'bare'), get: python.bind(null, 'get'), most: 300 },
  { label: 'Python client', attach: python.bind(null, 'client'), get: python.bind(null, 'get'), most: 300 },
  { label: 'Node client', attach: node.bind(null, 'client'), get: node.bind(null, 'get'), most: 120 },
];

const sizeText = (bytes) => (bytes >= MIB ? `${bytes / MIB} MiB` : `${bytes / KIB} KiB`);
/** About as much work at each size, and enough of it for a median. */
const repeatsOf = (bytes) => Math.max(3, Math.min(1000, Math.floor((64 * MIB) / bytes)));
/** What copies nothing costs the same at every size. */
const ATTACH_REPEATS = 1000;

async function fill(fabric, redis, sizes) {
  for (const bytes of sizes) {
    const ones = new Float64Array(bytes / DOUBLE_BYTES).fill(1);
    const payload = Buffer.from(ones.buffer);
    const type = `${ones.length} * float64`;
    await fabric.client.call('FABRIC.INSERT', sizeText(bytes), '', type, payload);
    if (bytes <= GET_BYTES_MAX) await redis.client.set(sizeText(bytes), payload);
  }
}

/** A process that does nothing but connect, then gets one value, the same value again and again, and then reads it as well. */
async function ask(bench, [program, args], bytes, repeats) {
  const reader = bench.stepper(program, args, { cpu: LOAD_CPU });
  const get = async (times, read) =>
    reader
      .step(JSON.stringify({ name: sizeText(bytes), repeats: times, read }))
      .then(({ seconds }) => median(seconds) * 1e6);
  const sample = {
    first: await get(1, false),
    ready: await get(repeats, false),
    read: await get(repeatsOf(bytes), true),
  };
  await reader.stop();
  return sample;
}

const of = (samples, field) => samples?.map((sample) => sample[field]);

async function measureSize(bench, servers, client, bytes) {
  const sides = { ours: () => ask(bench, client.attach(servers.fabric.port), bytes, ATTACH_REPEATS) };
  if (bytes <= GET_BYTES_MAX) sides.theirs = () => ask(bench, client.get(servers.redis.port), bytes, repeatsOf(bytes));
  const { ours, theirs } = await bench.alternate(sides);
  const compared = (what, field, target, judged) =>
    figure({
      what: `${client.label}, ${sizeText(bytes)}: ${what}`,
      unit: 'µs',
      ours: of(ours, field),
      theirs: of(theirs, field),
      against: theirs === undefined ? undefined : 'GET',
      times: 'theirs/ours',
      target,
      judged,
    });
  return { bytes, ours, theirs, compared };
}

/** The least size from which on attaching takes no longer than GET, at every size measured. */
function breakEven(results) {
  const both = results.filter(({ theirs }) => theirs !== undefined);
  const rounds = both[0].ours.map((_, round) => {
    const slower = both.filter(({ ours, theirs }) => ours[round].ready > theirs[round].ready);
    return slower.length === 0 ? both[0].bytes : (both[both.indexOf(slower.at(-1)) + 1]?.bytes ?? Infinity);
  });
  return rounds.map((bytes) => bytes / KIB);
}

function figuresOf(client, results) {
  const speeds = results.flatMap(({ bytes, compared }) => [
    compared('ready to read', 'ready', { most: client.most }, 'ours'),
    compared('first in its process', 'first'),
    compared('every byte read', 'read', bytes === READ_BYTES ? { least: READ_TIMES } : undefined),
  ]);
  const even = figure({
    what: `${client.label}: breaks even with GET`,
    unit: 'KiB',
    ours: breakEven(results),
    target: { most: BREAK_EVEN_BYTES_MAX / KIB },
  });
  return [...speeds, even];
}

async function run(bench) {
  const sizes = bench.size(SIZES, QUICK_SIZES);
  const mib = Math.ceil(sizes.reduce((sum, bytes) => sum + bytes, 0) / MIB) + 64;
  const fabric = await bench.node({ cpu: SERVER_CPU, config: { node: { segments_mib: [mib] } } });
  const redis = await bench.redis({ cpu: SERVER_CPU });
  await fill(fabric, redis, sizes);
  const figures = [];
  for (const client of CLIENTS) {
    const results = [];
    for (const bytes of sizes) results.push(await measureSize(bench, { fabric, redis }, client, bytes));
    figures.push(...figuresOf(client, results));
  }
  return {
    sides: {
      Datafabric: { ...fabric.settings, client: 'bench/readers/ready.py and ready.mjs' },
      Redis: { ...redis.settings, client: 'GET by redis-py, by ioredis into a Buffer, in the same programs' },
    },
    figures,
    notes: [
      'Redis keeps no value beyond 512 MiB unless proto-max-bulk-len is raised, so 1 GiB is held against nothing.',
    ],
  };
}

export const ready = {
  name: 'ready',
  title: '“Ready to read” by a separate process, 1 KiB … 1 GiB',
  method:
    'From the name to a float64 array: FABRIC.PTR and mapping, or GET. A new process each round, connected and no more; the first value it gets is a figure of its own, the others are medians of repetitions. Release is not in it. “Every byte read” adds the sum over the array. Servers on CPU 0, readers on CPU 1.',
  run,
};
