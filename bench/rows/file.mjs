import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { compiled } from '../harness/compile.mjs';
import { figure } from '../harness/figures.mjs';
import { named } from '../harness/processes.mjs';

const MIB = 2 ** 20;
const SIZES_MIB = [64, 1024];

/** Just written, so all of it is in the page cache. */
function writeFile(path, bytes) {
  const piece = randomFillSync(Buffer.alloc(MIB));
  const file = openSync(path, 'w');
  for (let done = 0; done < bytes; done += piece.length) writeSync(file, piece);
  closeSync(file);
}

async function insertFile(node, path) {
  const start = performance.now();
  await node.client.call('FABRIC.INSERT', 'from-file', '', 'bytes', 'FILE', path);
  const milliseconds = performance.now() - start;
  await node.empty();
  return milliseconds;
}

async function measureSize(bench, node, mib) {
  const path = join(bench.folder, `${mib}-mib`);
  const bytes = mib * MIB;
  writeFile(path, bytes);
  const reader = bench.stepper(compiled('file_reader'), named({ path, bytes }));
  const sides = { ours: () => insertFile(node, path), theirs: async () => (await reader.step()).seconds * 1e3 };
  for (const side of Object.values(sides)) await side();
  const { ours, theirs } = await bench.alternate(sides);
  await reader.stop();
  return figure({
    what: `INSERT FILE of ${mib} MiB`,
    unit: 'ms',
    ours,
    theirs,
    against: 'pread',
    times: 'theirs/ours',
    target: { least: 0.7 },
  });
}

async function run(bench) {
  const sizes = bench.size(SIZES_MIB, [16]);
  const config = {
    node: { segments_mib: [Math.max(...sizes) + 16] },
    security: { source_roots: [bench.folder] },
    times: { quarantine_ms: 0 },
  };
  const node = await bench.node({ config });
  const figures = [];
  for (const mib of sizes) figures.push(await measureSize(bench, node, mib));
  return {
    sides: {
      Datafabric: { ...node.settings, client: 'ioredis, timed from the request to the reply' },
      pread: { program: 'bench/native/file_reader.cc' },
    },
    figures,
  };
}

export const file = {
  name: 'file',
  title: 'INSERT FILE, cached, against pread into prefaulted shared memory',
  method:
    'The file was just written and is in the page cache. The baseline preads all of it into a mapping that is populated, in one thread; ours also checksums (crc32c) and catalogues. Not pinned: INSERT FILE may use what CPUs there are.',
  run,
};
