import { compiled } from '../harness/compile.mjs';
import { figure, median } from '../harness/figures.mjs';
import { named } from '../harness/processes.mjs';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

const of = (samples, field) => samples.map((sample) => sample[field]);
const milliseconds = (samples, field) => `${(median(of(samples, field)) * 1e3).toFixed(1)} ms`;

async function run(bench) {
  const bytes = bench.size(GIB, 16 * MIB);
  // Room for two: an address that was handed out is quarantined before its memory is used again.
  const node = await bench.node({
    config: { node: { segments_mib: [(2 * bytes) / MIB + 16] }, times: { quarantine_ms: 0 } },
  });
  const writers = {
    ours: bench.stepper(compiled('writer'), named({ bytes, port: node.port })),
    theirs: bench.stepper(compiled('writer'), named({ bytes })),
  };
  for (const writer of Object.values(writers)) await writer.step();
  const { ours, theirs } = await bench.alternate({
    ours: () => writers.ours.step(),
    theirs: () => writers.theirs.step(),
  });
  return {
    sides: {
      Datafabric: { ...node.settings, client: 'bench/native/writer.cc port=…' },
      'memcpy and crc32c': { program: 'bench/native/writer.cc', checksum: 'the addon’s own kernels' },
    },
    figures: [
      figure({
        what: `RESERVE, write and SEAL of ${bytes / MIB} MiB`,
        unit: 'ms',
        ours: of(ours, 'seconds').map((seconds) => seconds * 1e3),
        theirs: of(theirs, 'seconds').map((seconds) => seconds * 1e3),
        against: 'memcpy and crc32c',
        times: 'theirs/ours',
        target: { least: 0.8 },
      }),
    ],
    notes: [
      `Ours: RESERVE ${milliseconds(ours, 'reserve')}, open, map, memcpy and unmap ${milliseconds(ours, 'write')}, SEAL ${milliseconds(ours, 'checksum')}.`,
      `memcpy and crc32c: map and memcpy ${milliseconds(theirs, 'write')}, crc32c and unmap ${milliseconds(theirs, 'checksum')}.`,
    ],
  };
}

export const seal = {
  name: 'seal',
  title: 'RESERVE + write + SEAL of 1 GiB against memcpy plus crc32c',
  method:
    'Both copy the same private buffer into shared memory whose pages are allocated, through a mapping made anew (MAP_SHARED, nothing populated: each pays for its page faults), and have it checksummed; ours in the server, which can’t see what the client wrote before it is asked to. Not pinned: SEAL may use what CPUs there are, the baseline is one thread.',
  run,
};
