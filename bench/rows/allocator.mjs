import { performance } from 'node:perf_hooks';
import { compiled } from '../harness/compile.mjs';
import { figure } from '../harness/figures.mjs';
import { Churn } from './churn.mjs';

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const PINNED_SHARE = 0.1;
const NS_MOST = 200;
const BEFORE_LEAST = 0.85;
const AFTER_LEAST = 0.95;

/** One churn to the first OOM, DEFRAG with a tenth pinned, and on to the next; each round with other sizes. */
async function throughNode(bench, round) {
  const bytes = bench.size(4 * GIB, 256 * MIB);
  const node = await bench.node({
    config: { node: { segments_mib: [bytes / MIB] }, security: { shm_source_prefixes: ['/datafabric-bench'] } },
  });
  const churn = new Churn(node, bytes, bench.size(16 * MIB, MIB), round + 1);
  try {
    await churn.runToFailure();
    const before = churn.utilisation;
    await churn.pin(PINNED_SHARE);
    await churn.locate(0.5);
    const start = performance.now();
    const [, moved, , movedBytes] = await node.client.call('FABRIC.DEFRAG');
    const defragSeconds = (performance.now() - start) / 1000;
    await churn.runToFailure();
    return { before, after: churn.utilisation, defragSeconds, moved, movedMib: movedBytes / MIB, waits: churn.waits };
  } finally {
    churn.end();
    await bench.stop(node);
  }
}

const of = (samples, field) => samples.map((sample) => sample[field]);

function alone(samples) {
  const speeds = samples[0].speed.flatMap(({ sizes }, index) =>
    ['allocate', 'release'].map((what) =>
      figure({
        what: `${what === 'release' ? 'free' : what}, 1 million live extents of ${sizes}`,
        unit: 'ns',
        ours: samples.map(({ speed }) => speed[index][`${what}_ns`]),
        target: { most: NS_MOST },
      }),
    ),
  );
  const utilisations = samples[0].utilisation.flatMap(({ arena_mib: mib, churn, pinned }, index) => {
    const where = `allocator alone, ${mib / 1024} GiB, ${churn}, ${pinned * 100} % pinned`;
    const values = (field) => samples.map(({ utilisation }) => utilisation[index][field]);
    const before = figure({
      what: `${where}: utilisation at the first OOM`,
      unit: '',
      ours: values('utilisation_first_oom'),
      target: { least: BEFORE_LEAST },
    });
    const after = figure({
      what: `${where}: after compaction`,
      unit: '',
      ours: values('utilisation_next_oom'),
      target: { least: AFTER_LEAST },
    });
    return [before, after];
  });
  return [...speeds, ...utilisations];
}

async function run(bench) {
  const { program, server } = await bench.alternate({
    program: async () => JSON.parse(await bench.text(compiled('allocator'), bench.size([], ['quick']))),
    server: (round) => throughNode(bench, round),
  });
  const churned = (what, unit, field, target) =>
    figure({ what: `node, ${what}`, unit, ours: of(server, field), target });
  return {
    sides: {
      'allocator alone': { program: 'bench/allocator/main.cc', clock: 'CPU time of the thread' },
      Datafabric: {
        segment: bench.size('4 GiB', '256 MiB'),
        quarantine_ms: 'default (2000)',
        cpu: 'any',
        client: 'ioredis; INSERT … SHM, DELETE',
      },
    },
    figures: [
      ...alone(program),
      churned('utilisation at the first OOM', '', 'before', { least: BEFORE_LEAST }),
      churned('after DEFRAG with 10 % pinned', '', 'after', { least: AFTER_LEAST }),
      churned('DEFRAG, its waits counted', 's', 'defragSeconds'),
      churned('moved by DEFRAG', 'MiB', 'movedMib'),
      churned('waits for a quarantine before an OOM counted', '', 'waits'),
    ],
  };
}

export const allocator = {
  name: 'allocator',
  title: 'allocate/free at 1 million live extents; utilisation at the first OOM',
  method:
    'The allocator and compaction by themselves, and the same churn of log-uniform sizes 64 B–16 MiB through a node: 60 insertions to 40 deletions until one is refused; then a tenth of the variables is pinned by PTR, half LOCATEd (so that DEFRAG has to quarantine what it moves from), FABRIC.DEFRAG, and the churn goes on until it is refused again. What was deleted rests in quarantine as INSERT’s reply told its address: an OOM while some does is waited out and tried again.',
  run,
};
