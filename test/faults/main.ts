/**
 * Catches each node of three at each step of what it does, and lets something happen to it or another; then checks what clients saw.
 *
 *   npm run test:cluster -- [--seed N] [--cell TEXT]    every cell, or those whose title has that text
 *   npm run test:cluster -- --quick                     some, which the seed chooses
 *   npm run test:cluster -- --storm SECONDS             faults at any moment under load instead
 *
 * With --trios N the cells are shared out over so many clusters, instead of three; with --repeat N each is run so many times.
 */
import { parseArgs } from 'node:util';
import type { HostsKind } from '../hosts/hosts.js';
import { Random } from '../campaign/random.js';
import { allCells, sampleOf, titleOf } from './cells.js';
import { matrix } from './matrix.js';
import { storm } from './storm.js';

const QUICK_CELLS = 48;

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    cell: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    storm: { type: 'string' },
    trios: { type: 'string', default: '3' },
    repeat: { type: 'string', default: '1' },
    kind: { type: 'string' },
  },
});
const seed = Number(options.seed);
const kind = options.kind as HostsKind | undefined;
const random = new Random(seed);
console.log(`seed ${seed}`);
if (options.storm !== undefined) process.exitCode = (await storm(kind, seed, Number(options.storm))) ? 0 : 1;
else {
  const cells = allCells(random).filter((cell) => titleOf(cell).includes(options.cell));
  const once = options.quick ? sampleOf(cells, QUICK_CELLS, random) : cells;
  const chosen = Array.from({ length: Number(options.repeat) }, () => once).flat();
  process.exitCode = (await matrix({ kind, trios: Number(options.trios) }, chosen, seed)) ? 0 : 1;
}
