import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { figure, median } from '../harness/figures.mjs';
import { VALUE, writeVersions } from '../meta/documents.mjs';

const TARGET = { most: 1.2 };
const FEW = 10;
const OPERATIONS = {
  'META.GET': { repetitions: 500, words: (key) => ['META.GET', key] },
  'META.PUT': { repetitions: 50, words: (key) => ['META.PUT', key, VALUE] },
  'META.HISTORY COUNT 10': { repetitions: 100, words: (key) => ['META.HISTORY', key, 'COUNT', 10] },
};

async function timed(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) * 1000;
}

/** One after the other on one connection, by turns of both documents; the medians of each in microseconds. */
async function measure(node, words, repetitions) {
  const times = { few: [], many: [] };
  for (let at = 0; at < repetitions; at++) {
    for (const key of Object.keys(times)) times[key].push(await timed(() => node.client.call(...words(key))));
  }
  return { few: median(times.few), many: median(times.many) };
}

/** The first command of a server that has just started; `before`, if given, is one it has answered already. */
async function firstContact(bench, config, key, before) {
  const node = await bench.node({ config });
  if (before !== undefined) await node.client.call('META.GET', before);
  else await node.client.ping();
  const microseconds = await timed(() => node.client.call('META.GET', key));
  await bench.stop(node);
  return microseconds;
}

const compared = (what, many, { ours, theirs }, target) =>
  figure({
    what: `${what}, ${many.toLocaleString('en-US')} versions`,
    unit: 'µs',
    ours,
    theirs,
    against: `${FEW} versions`,
    target,
  });

async function run(bench) {
  const many = bench.size(100_000, 2000);
  const path = join(bench.folder, 'meta');
  const config = { meta: { store: 'posix', path, repository: 'bench' } };
  const repository = join(path, 'bench');
  await writeVersions(repository, 'many', many);
  await writeVersions(repository, 'few', FEW);
  await writeVersions(repository, 'other', FEW);
  const figures = [];
  const first = await bench.alternate({
    theirs: () => firstContact(bench, config, 'few'),
    ours: () => firstContact(bench, config, 'many'),
  });
  figures.push(compared('first META.GET after the start', many, first, TARGET));
  const later = await bench.alternate({
    theirs: () => firstContact(bench, config, 'few', 'other'),
    ours: () => firstContact(bench, config, 'many', 'other'),
  });
  figures.push(compared('first META.GET of the key, the store attached', many, later));
  const node = await bench.node({ config });
  for (const [what, { repetitions, words }] of Object.entries(OPERATIONS)) {
    const times = bench.size(repetitions, 5);
    const { rounds } = await bench.alternate({ rounds: () => measure(node, words, times) });
    const samples = { theirs: rounds.map(({ few }) => few), ours: rounds.map((round) => round.many) };
    figures.push(compared(what, many, samples, TARGET));
  }
  return { sides: { Datafabric: node.settings }, figures };
}

export const metaVersions = {
  name: 'meta-versions',
  title: 'A document with many versions against one with ten',
  method:
    `Documents of ${VALUE.length} bytes on files, asked for one after the other on one connection; the ratio is of times. The first contact is of a server started for it, with the store to be attached. ` +
    'What comes on top where it is attached is another line.',
  run,
};
