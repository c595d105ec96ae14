/**
 * Catches each node of three at each step of what it does, and lets something happen to it or another; then checks what clients saw.
 * `npm run test:cluster -- --help` tells how it is asked.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { HostsKind } from '../hosts/hosts.js';
import { Random } from '../campaign/random.js';
import { allCells, sampleOf, titleOf } from './cells.js';
import { matrix } from './matrix.js';
import { storm } from './storm.js';

const USAGE = `usage: npm run test:cluster -- [options]

  --cell TEXT        only cells whose title has that text
  --quick            some of them, which the seed chooses
  --repeat 1         each so many times
  --trios 3          clusters that the cells are shared out over
  --storm SECONDS    faults at any moment under load instead
  --kind loopback    without network namespaces
  --seed N           what a run before has printed`;

const QUICK_CELLS = 48;

const OPTIONS = {
  help: { type: 'boolean', default: false },
  seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  cell: { type: 'string', default: '' },
  quick: { type: 'boolean', default: false },
  storm: { type: 'string' },
  trios: { type: 'string', default: '3' },
  repeat: { type: 'string', default: '1' },
  kind: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

function optionsGiven() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const options = optionsGiven();
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const seed = Number(options.seed);
const kind = options.kind as HostsKind | undefined;
const random = new Random(seed);
console.log(`seed ${seed}`);
if (options.storm !== undefined) process.exitCode = (await storm(kind, seed, Number(options.storm))) ? 0 : 1;
else {
  const cells = allCells(random).filter((cell) => titleOf(cell).includes(options.cell));
  if (cells.length === 0) {
    console.error(`no cell has '${options.cell}' in its title`);
    process.exit(2);
  }
  const once = options.quick ? sampleOf(cells, QUICK_CELLS, random) : cells;
  const chosen = Array.from({ length: Number(options.repeat) }, () => once).flat();
  process.exitCode = (await matrix({ kind, trios: Number(options.trios) }, chosen, seed)) ? 0 : 1;
}
