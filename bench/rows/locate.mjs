import { figure, median } from '../harness/figures.mjs';
import { Lookups } from '../harness/load.mjs';
import { SERVER_CPU } from '../harness/processes.mjs';

const CONNECTIONS = 50;
const TARGETS = {
  1: { throughput: 1.0, cpu: 1.15 },
  16: { throughput: 1.0, cpu: 1.1 },
  64: { throughput: 1.2, cpu: 0.9 },
};

const of = (samples, field) => samples.map((sample) => sample[field]);
const percent = (samples, field) => `${Math.round(median(of(samples, field)) * 100)} %`;

async function measurePipeline(bench, lookups, pipeline, seconds) {
  const load = { connections: CONNECTIONS, pipeline, seconds };
  const { ours, theirs } = await bench.alternate({ ours: () => lookups.locate(load), theirs: () => lookups.get(load) });
  const both = (field) => ({ ours: of(ours, field), theirs: of(theirs, field), against: 'GET' });
  const target = TARGETS[pipeline];
  return {
    figures: [
      figure({
        what: `LOCATE, pipeline ${pipeline}`,
        unit: 'commands/s',
        ...both('perSecond'),
        target: { least: target.throughput },
      }),
      figure({
        what: `LOCATE, pipeline ${pipeline}: server CPU`,
        unit: 'µs/command',
        ...both('cpuMicroseconds'),
        target: { most: target.cpu },
      }),
      figure({ what: `LOCATE, pipeline ${pipeline}: p99 of a batch`, unit: 'µs', ...both('p99Microseconds') }),
    ],
    note: `Pipeline ${pipeline}: server's CPU busy ${percent(ours, 'serverBusy')} (ours), ${percent(theirs, 'serverBusy')} (Redis); loader's ${percent(ours, 'loaderBusy')}, ${percent(theirs, 'loaderBusy')}.`,
  };
}

async function run(bench) {
  const keys = bench.size(100_000, 2_000);
  const seconds = bench.size(2, 0.2);
  const node = await bench.node({ cpu: SERVER_CPU, config: { node: { segments_mib: [64] } } });
  const redis = await bench.redis({ cpu: SERVER_CPU });
  const lookups = new Lookups(bench, node, redis);
  await lookups.growTo(keys);
  // Both have seen this load before it is measured; a JavaScript engine compiles what it has seen.
  for (const side of ['locate', 'get']) await lookups[side]({ connections: CONNECTIONS, pipeline: 16, seconds });
  const results = [];
  for (const pipeline of Object.keys(TARGETS).map(Number))
    results.push(await measurePipeline(bench, lookups, pipeline, seconds));
  const client = `${keys} random keys, ${CONNECTIONS} connections, RESP2`;
  return {
    sides: {
      Datafabric: {
        ...node.settings,
        client: `bench/native/loader.cc: ${client}; replies of ${lookups.replyBytes.toFixed(1)} bytes`,
      },
      Redis: {
        ...redis.settings,
        client: `the same; values of ${lookups.valueBytes} bytes, so that the replies are as long`,
      },
    },
    figures: results.flatMap(({ figures }) => figures),
    notes: results.map(({ note }) => note),
  };
}

export const locate = {
  name: 'locate',
  title: 'FABRIC.LOCATE against GET of a value as long as its reply',
  method:
    'The same names on both servers, asked at random by a loader that only counts bytes. Servers on CPU 0, the loader on CPU 1; server CPU is the process’ own clock from the first request to the last reply.',
  run,
};
