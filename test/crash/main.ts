/**
 * Kills a server at every store to its catalog, under load, and checks what is left.
 *
 *   npm run test:crash -- [--rounds N] [--seed N] [--point NAME]    200 rounds; at one store only
 *   npm run test:crash -- --omit [--point NAME]                     leaves each commit out: the checks must tell
 */
import { parseArgs } from 'node:util';
import { Random } from '../campaign/random.js';
import { Campaign } from './campaign.js';
import { noticed, withOmission } from './omission.js';
import { birth, loss, truncation } from './short-lives.js';
import { occasionOf } from './steering.js';
import { storePoints, type StorePoint } from './store-points.js';

const ROUNDS_DEFAULT = 200;
const ROUNDS_PER_CALM = 5;
const ROUNDS_PER_DRAIN = 15;
const ROUNDS_PER_LINE = 10;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: String(ROUNDS_DEFAULT) },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    point: { type: 'string' },
    omit: { type: 'boolean', default: false },
  },
});

const points = storePoints();
const seed = Number(options.seed);
const wanted = points.filter(({ name }) => options.point === undefined || name === options.point);
if (wanted.length === 0) throw new Error(`no store ${options.point}: ${points.map(({ name }) => name).join(', ')}`);
console.log(`seed ${seed}, ${points.length} stores, ${points.filter(({ commit }) => commit).length} of them commits`);
process.exitCode = (await (options.omit ? omitEach(wanted) : killAtEach(wanted, Number(options.rounds)))) ? 0 : 1;

async function killAtEach(targets: readonly StorePoint[], rounds: number): Promise<boolean> {
  const random = new Random(seed);
  const kills = new Map(points.map(({ name }) => [name, 0]));
  const campaign = new Campaign(points, random, kills);
  const started = Date.now();
  try {
    await campaign.begin();
    for (let round = 1; round <= rounds; round++) {
      const point = leastKilled(targets, kills, random);
      await strike(campaign, point, random, kills).catch((error: unknown) => {
        throw new Error(`round ${round}, killed at ${point}, seed ${seed}: ${String(error)}`, { cause: error });
      });
      if (round % ROUNDS_PER_CALM === 0) await campaign.calmLoad();
      if (round % ROUNDS_PER_DRAIN === 0) await campaign.drain();
      const passed = Math.round((Date.now() - started) / 1000);
      if (round % ROUNDS_PER_LINE === 0) console.log(`${round} of ${rounds} rounds, ${passed} s`);
    }
    await campaign.drain();
  } finally {
    await campaign.end();
  }
  return report(targets, kills);
}

function leastKilled(targets: readonly StorePoint[], kills: ReadonlyMap<string, number>, random: Random): string {
  const least = Math.min(...targets.map(({ name }) => kills.get(name)!));
  return random.pick(targets.filter(({ name }) => kills.get(name) === least)).name;
}

async function strike(campaign: Campaign, point: string, random: Random, kills: Map<string, number>): Promise<void> {
  const occasion = occasionOf(point);
  if (occasion === 'load' || occasion === 'recovery') {
    await campaign.round(point);
    return;
  }
  const life = { birth, loss, truncation }[occasion];
  const trap = { point, passage: 1, after: random.chance(0.5) };
  if (await life({ points, trap })) kills.set(point, kills.get(point)! + 1);
}

function report(targets: readonly StorePoint[], kills: ReadonlyMap<string, number>): boolean {
  console.log('\nkills  store');
  for (const { name, commit } of targets) {
    console.log(`${String(kills.get(name)).padStart(5)}  ${name}${commit ? ' (commit)' : ''}`);
  }
  const total = targets.reduce((sum, { name }) => sum + kills.get(name)!, 0);
  const never = targets.filter(({ name }) => kills.get(name) === 0).map(({ name }) => name);
  console.log(`${total} kills at ${targets.length} stores`);
  if (never.length > 0) console.log(`never killed at: ${never.join(', ')}`);
  return never.length === 0;
}

async function omitEach(targets: readonly StorePoint[]): Promise<boolean> {
  await withOmission(points, undefined, seed);
  console.log('with every commit stored, no check fails');
  const holes: string[] = [];
  for (const { name } of targets.filter(({ commit }) => commit)) {
    const told = await noticed(points, name, seed);
    console.log(`without ${name}: ${told ?? 'NOTHING TELLS'}`);
    if (told === undefined) holes.push(name);
  }
  if (holes.length > 0) console.log(`left out and not noticed: ${holes.join(', ')}`);
  return holes.length === 0;
}
