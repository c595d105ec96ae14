/**
 * Figures of the extent allocator and of compaction: node bench/allocator/run.mjs
 *
 * Speed: random replacement among one million live extents of log-uniform sizes. Utilisation: live bytes per arena
 * when the first insertion fails under a churn of log-uniform sizes 64 B – 16 MiB (mean and least of five seeds); then
 * a share of the variables is pinned, the arena compacted with every second source in quarantine, and the same churn
 * goes on to the next failure. "ramp" inserts 60 for 40 deletions; "plateaus" rewrites the live bytes twice at each level
 * before it rises by 1 %, which is the hardest an allocator without compaction can be tried. Shares are of the arena.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { compiled } from '../harness/compile.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));

function print(rows) {
  const keys = Object.keys(rows[0]);
  const table = new Table({ head: keys.map((key) => key.replaceAll('_', '\n')), style: { head: [], border: [] } });
  for (const row of rows) table.push(keys.map((key) => row[key]));
  console.log(table.toString());
}

const results = JSON.parse(execFileSync(compiled('allocator'), { encoding: 'utf8' }));
const directory = join(root, 'bench', 'results');
mkdirSync(directory, { recursive: true });
writeFileSync(join(directory, 'allocator.json'), `${JSON.stringify(results, null, 2)}\n`);
print(results.speed);
print(results.utilisation);
