import { performance } from 'node:perf_hooks';
import { figure } from '../harness/figures.mjs';
import { randomFrom } from '../harness/random.mjs';
import { Placement } from '../../dist/cluster/placement.js';

const NODES = 1000;
const ZONES = 20;
const VARIABLES = 10_000_000;
const MOVED_VARIABLES = 1_000_000;
const LOAD_MOST = 1.1;
const MOVED_MOST = 1.05;
const ADDED_WEIGHT = 0.01 * NODES;

const node = (name, zone, weight = 1) => ({ name, zone, weight, full: false, up: true });
const cluster = () => Array.from({ length: NODES }, (_, i) => node(`node-${i}`, `zone-${i % ZONES}`));
const nameOf = (round, i) => `default/round ${round}/variable ${i}`;

const spreadOf = (loads, count) => (Math.max(...loads) * loads.length) / count;

function spreadOfPlacement(round, count) {
  const nodes = cluster();
  const placement = new Placement(nodes);
  const loads = new Map(nodes.map(({ name }) => [name, 0]));
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const [{ name }] = placement.choose(nameOf(round, i), 1);
    loads.set(name, loads.get(name) + 1);
  }
  return { spread: spreadOf([...loads.values()], count), choiceUs: ((performance.now() - start) / count) * 1000 };
}

/** What placing every variable on a node drawn at random gives: no placement that doesn't count can be more even. */
function spreadOfChance(round, count) {
  const random = randomFrom(round + 1);
  const loads = new Array(NODES).fill(0);
  for (let i = 0; i < count; i++) loads[Math.floor((random() / 2 ** 32) * NODES)]++;
  return spreadOf(loads, count);
}

const ADDITIONS = {
  'a new zone of ten nodes': Array.from({ length: ADDED_WEIGHT }, (_, i) => node(`new-${i}`, 'zone-new')),
  'ten nodes in one zone of twenty': Array.from({ length: ADDED_WEIGHT }, (_, i) => node(`new-${i}`, 'zone-3')),
  'half a node in each zone': Array.from({ length: ZONES }, (_, i) =>
    node(`new-${i}`, `zone-${i}`, ADDED_WEIGHT / ZONES),
  ),
};

/** Of `count` variables: how many go elsewhere with the new nodes, over the share of those in the weight. */
function movedOf(round, count, added) {
  const [before, after] = [new Placement(cluster()), new Placement([...cluster(), ...added])];
  let moved = 0;
  let astray = 0;
  for (let i = 0; i < count; i++) {
    const name = nameOf(round, i);
    const [from, to] = [before.choose(name, 1)[0].name, after.choose(name, 1)[0].name];
    if (from === to) continue;
    moved++;
    if (!to.startsWith('new-')) astray++;
  }
  const optimum = (count * ADDED_WEIGHT) / (NODES + ADDED_WEIGHT);
  return { ratio: moved / optimum, astray };
}

async function run(bench) {
  const count = bench.size(VARIABLES, 20_000);
  const movedCount = bench.size(MOVED_VARIABLES, 20_000);
  const sides = {
    placement: (round) => spreadOfPlacement(round, count),
    chance: (round) => spreadOfChance(round, count),
  };
  for (const [what, added] of Object.entries(ADDITIONS)) sides[what] = (round) => movedOf(round, movedCount, added);
  const samples = await bench.alternate(sides);
  const astray = Object.keys(ADDITIONS).flatMap((what) => samples[what].map((sample) => sample.astray));
  const mean = count / NODES;
  // Of 1,000 normal variables the greatest is some 3.24 deviations above the mean.
  const expected = 1 + 3.24 / Math.sqrt(mean);
  return {
    sides: {
      Datafabric: { nodes: NODES, zones: ZONES, variables: count, 'variables whose move is watched': movedCount },
    },
    figures: [
      figure({
        what: 'load of the fullest node, over the mean',
        unit: '',
        ours: samples.placement.map(({ spread }) => spread),
        theirs: samples.chance,
        against: 'chance',
        target: { most: LOAD_MOST },
        judged: 'ours',
      }),
      ...Object.keys(ADDITIONS).map((what) =>
        figure({
          what: `1 % of weight added as ${what}: moved, over the optimum`,
          unit: '',
          ours: samples[what].map(({ ratio }) => ratio),
          target: { most: MOVED_MOST },
        }),
      ),
      figure({
        what: 'variables moved from one old node to another',
        unit: '',
        ours: astray,
        target: { most: 0 },
      }),
      figure({
        what: 'time of a choice among all nodes',
        unit: 'µs',
        ours: samples.placement.map(({ choiceUs }) => choiceUs),
      }),
    ],
    notes: [
      `${mean.toLocaleString('en-US')} variables a node scatter by ${(100 / Math.sqrt(mean)).toFixed(1)} % by chance alone, so that the fullest of ${NODES.toLocaleString('en-US')} is expected at ${expected.toFixed(3)} of the mean: “chance” draws a node at random for each variable.`,
      `What moves is a sample too: ${movedCount.toLocaleString('en-US')} variables give the fraction to ±${(100 / Math.sqrt(movedCount * 0.0099)).toFixed(1)} % (one deviation). That none moves between old nodes is exact.`,
    ],
  };
}

export const placement = {
  name: 'placement',
  title: 'Placement over 1,000 simulated nodes in 20 zones',
  method:
    'The placement of the cluster itself, of names by the million, without servers. Each round takes other names. The optimum is the share of the new nodes in the weight.',
  run,
};
