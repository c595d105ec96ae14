import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { compiled } from '../harness/compile.mjs';
import { figure } from '../harness/figures.mjs';

const VARIABLES = 10_000_000;
const REBUILD_SECONDS_MOST = 10;
const BYTES_MOST = 120;
const STEP_MS_MOST = 1;

async function measure(bench, round) {
  const folder = join(bench.folder, `yp-${round}`);
  mkdirSync(folder);
  const variables = Math.min(bench.size(VARIABLES, 100_000), bench.keysMax);
  return JSON.parse(await bench.text(compiled('yp'), [String(variables), folder]));
}

async function run(bench) {
  const { ours } = await bench.alternate({ ours: (round) => measure(bench, round) });
  const of = (field) => ours.map((sample) => sample[field]);
  const together = (one, other) => ours.map((sample) => sample[one] + sample[other]);
  const step = (what, field) => figure({ what, unit: 'ms', ours: of(field), target: { most: STEP_MS_MOST } });
  return {
    sides: {
      Datafabric: {
        program: 'bench/yp/main.cc',
        variables: ours[0].variables,
        nodes: 3,
        names: '20 bytes',
        batches: '32 KiB',
        cpu: 'any, one thread',
      },
    },
    figures: [
      figure({
        what: 'bytes beside the name, each',
        unit: 'B',
        ours: of('bytes'),
        target: { most: BYTES_MOST },
      }),
      figure({
        what: 'rebuild from three inventories',
        unit: 's',
        ours: together('write_seconds', 'take_seconds'),
        target: { most: REBUILD_SECONDS_MOST },
      }),
      figure({ what: 'of it CPU time: writing batches', unit: 's', ours: of('write_cpu_seconds') }),
      figure({ what: 'of it CPU time: taking them in', unit: 's', ours: of('take_cpu_seconds') }),
      figure({ what: 'bytes of a batch, each variable', unit: 'B', ours: of('batch_bytes') }),
      step('slowest batch written, CPU time', 'slowest_write_ms'),
      step('slowest batch taken in, CPU time', 'slowest_take_ms'),
      figure({ what: 'lookups of random names, one by one', unit: 'lookups/s', ours: of('lookups') }),
      figure({ what: 'lookups of random names, sixteen at a time', unit: 'lookups/s', ours: of('lookups_together') }),
      figure({ what: 'forgetting one of the nodes', unit: 's', ours: of('forget_seconds') }),
      step('slowest step of that (2,000 variables), CPU time', 'slowest_forget_ms'),
    ],
    notes: [
      'Nodes write their batches one after the other and in the same process as the coordinator, which then takes each in; three nodes would write at the same time. No socket lies between.',
      'Bytes are the greater of what the process grew by and what the yellow pages count, tables half empty included, over the number of variables.',
    ],
  };
}

export const yp = {
  name: 'yp',
  title: 'The yellow pages of a coordinator: memory, rebuild, lookups',
  method:
    'Three stores hold ten million variables of one placement each. Their inventories are written batch by batch and taken in by empty yellow pages; then random names are looked up, and a node is forgotten in steps.',
  run,
};
