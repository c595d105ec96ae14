/** Runs cells, on some trios at a time, and says which were reached how often. */
import type { HostsKind } from '../hosts/hosts.js';
import { titleOf, type Cell } from './cells.js';
import { FAULTS } from './faults.js';
import { runCell, type Scenery } from './run-cell.js';
import { openTraps } from './trap.js';
import { Trio } from './trio.js';

const ATTEMPTS_MAX = 2;
const SLOW_MS = 8000;
const CELLS_PER_LINE = 50;

interface Tally {
  cell: Cell;
  reached: boolean;
  violations: string;
}

export interface MatrixOptions {
  kind: HostsKind | undefined;
  /** Clusters at a time; they mostly wait. */
  trios: number;
}

/** True when all were reached and nothing is wrong. */
export async function matrix({ kind, trios }: MatrixOptions, cells: readonly Cell[], seed: number): Promise<boolean> {
  const startedMs = performance.now();
  const tallies: Tally[] = [];
  const queue = cells.map((cell, number) => ({ cell, number }));
  const work = async () => {
    const scenery = await openScenery(kind);
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const beganMs = performance.now();
        const tally = await attempt(scenery, next.cell, next.number, seed);
        const tookMs = performance.now() - beganMs;
        if (tookMs > SLOW_MS) console.log(`${titleOf(next.cell)}: ${Math.round(tookMs)} ms`);
        tallies.push(tally);
        if (tallies.length % CELLS_PER_LINE === 0) console.log(`${tallies.length} of ${cells.length} cells`);
        if (tally.violations !== '') {
          console.log(`VIOLATION ${titleOf(tally.cell)}\n${tally.violations}\n${scenery.trio.lastWords()}`);
        }
      }
    } finally {
      await scenery.trio.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(trios, cells.length) }, work));
  return summarize(tallies, cells.length, Math.round((performance.now() - startedMs) / 1000));
}

async function openScenery(kind: HostsKind | undefined): Promise<Scenery> {
  const { traps, env } = openTraps();
  const trio = await Trio.open({ kind, env });
  return { trio, traps };
}

/** Whoever is at a step may be another by chance: a name that is busy elsewhere. */
async function attempt(scenery: Scenery, cell: Cell, number: number, seed: number): Promise<Tally> {
  for (let tries = 1; ; tries++) {
    const name = `cell/${number}-${tries}`;
    const { reached, violations } = await runCell(scenery, cell, name, seed + number);
    if (reached || violations !== '' || tries === ATTEMPTS_MAX) return { cell, reached, violations };
  }
}

function summarize(tallies: readonly Tally[], expected: number, seconds: number): boolean {
  const rows = new Map<string, Tally[]>();
  for (const tally of tallies) {
    const { scene, role, step } = tally.cell;
    const key = `${scene.name.padEnd(25)} ${role.padEnd(14)} ${step.padEnd(24)}`;
    rows.set(key, [...(rows.get(key) ?? []), tally]);
  }
  console.log(
    `\n${'scene'.padEnd(25)} ${'role'.padEnd(14)} ${'step'.padEnd(24)} ${FAULTS.map(({ name }) => name.padStart(8)).join('')}`,
  );
  for (const [key, row] of rows) {
    const counts = FAULTS.map(
      ({ name }) => row.filter(({ cell, reached }) => reached && cell.fault.name === name).length,
    );
    console.log(`${key} ${counts.map((count) => String(count).padStart(8)).join('')}`);
  }
  const missed = tallies.filter(({ reached }) => !reached).map(({ cell }) => titleOf(cell));
  const bad = tallies.filter(({ violations }) => violations !== '').map(({ cell }) => titleOf(cell));
  for (const title of missed) console.log(`NOT REACHED ${title}`);
  for (const title of bad) console.log(`VIOLATION ${title}`);
  console.log(
    `${tallies.length} of ${expected} cells in ${seconds} s: ${missed.length} not reached, ${bad.length} with violations`,
  );
  return missed.length + bad.length === 0 && tallies.length === expected;
}
