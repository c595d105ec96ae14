import test from 'ava';
import { Placement, type PlacementNode } from '../../dist/cluster/placement.js';
import { identityOf, negativeLog2, UNITS } from '../../dist/cluster/straw2.js';

const NAMES = Array.from({ length: 20_000 }, (_, i) => `default/variable ${i}`);

const node = (name: string, zone: string, more: Partial<PlacementNode> = {}): PlacementNode => ({
  name,
  zone,
  weight: 1,
  full: false,
  up: true,
  ...more,
});

const grid = (zones: number, perZone: number): PlacementNode[] =>
  Array.from({ length: zones * perZone }, (_, i) => node(`node-${i}`, `zone-${i % zones}`));

const firsts = (nodes: PlacementNode[]): string[] => {
  const placement = new Placement(nodes);
  return NAMES.map((name) => placement.choose(name, 1)[0]!.name);
};

const loads = (chosen: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const name of chosen) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

const chosenNames = (nodes: PlacementNode[], name: string, replicas: number) =>
  new Placement(nodes).choose(name, replicas).map((chosen) => chosen.name);

test('the logarithm is that of mathematics, to seven digits, and grows with every draw', (t) => {
  let former = Infinity;
  for (let draw = 1; draw < 2 ** 32; draw += Math.ceil(draw / 500)) {
    const length = negativeLog2(draw);
    t.true(Number.isSafeInteger(length));
    t.true(Math.abs(length / UNITS + Math.log2(draw / 2 ** 32)) < 1e-7);
    t.true(length <= former);
    former = length;
  }
  t.is(negativeLog2(1), 32 * UNITS);
  t.true(negativeLog2(2 ** 32 - 1) > 0);
});

// Computed apart from this program, in whole numbers of any length.
test('every machine computes the same', (t) => {
  t.deepEqual(identityOf('default/x'), { high: 3476805631 | 0, low: 675611276 });
  t.is(negativeLog2(0x9e3779b9), 97_705_867_647_494);
  const nodes = grid(5, 4).map((one, i) => ({ ...one, weight: 1 + (i % 3) / 2 }));
  for (const [name, numbers] of [
    [Buffer.from('a'), [2, 14, 5, 3, 16, 15, 8]],
    [Buffer.from('default/x'), [4, 10, 16, 8, 2, 6, 0]],
    [Buffer.from([0, 255]), [1, 0, 4, 17, 13, 15, 16]],
    [Buffer.alloc(0), [19, 1, 10, 8, 17, 18, 14]],
  ] as const) {
    const chosen = new Placement(nodes).choose(name, 7);
    t.deepEqual(
      chosen.map((one) => one.name),
      numbers.map((number) => `node-${number}`),
    );
  }
});

test('the order in which nodes are named makes no difference; binary names do as text does', (t) => {
  const nodes = grid(3, 3);
  for (const name of NAMES.slice(0, 100)) {
    t.deepEqual(chosenNames(nodes, name, 4), chosenNames(nodes.toReversed(), name, 4));
    t.deepEqual(new Placement(nodes).choose(Buffer.from(name), 2), new Placement(nodes).choose(name, 2));
  }
});

test('replicas go to different zones as long as there are any, then to different nodes', (t) => {
  const nodes = grid(3, 2);
  const placement = new Placement(nodes);
  for (const name of NAMES.slice(0, 500)) {
    const all = placement.choose(name, 9);
    t.is(new Set(all.map((chosen) => chosen.name)).size, 6);
    t.is(new Set(all.slice(0, 3).map((chosen) => chosen.zone)).size, 3);
    t.is(new Set(all.slice(3).map((chosen) => chosen.zone)).size, 3);
    // Who asks for fewer gets the first of them.
    for (let replicas = 0; replicas < 6; replicas++)
      t.deepEqual(placement.choose(name, replicas), all.slice(0, replicas));
  }
});

test('a single zone serves all replicas; no node at all serves none', (t) => {
  t.is(new Set(chosenNames(grid(1, 4), 'x', 3)).size, 3);
  t.deepEqual(chosenNames([], 'x', 2), []);
  t.deepEqual(
    chosenNames(
      grid(2, 2).map((one) => ({ ...one, up: false })),
      'x',
      2,
    ),
    [],
  );
});

test('nodes without weight, full or down are passed over', (t) => {
  const left = [node('a', 'one', { weight: 0 }), node('b', 'one', { full: true }), node('c', 'two', { up: false })];
  for (const name of NAMES.slice(0, 100)) t.deepEqual(chosenNames([...left, node('d', 'two')], name, 3), ['d']);
});

test('load follows weight', (t) => {
  const nodes = [1, 2, 3, 4].map((weight) => node(`weight-${weight}`, `zone-${weight % 2}`, { weight }));
  const counts = loads(firsts(nodes));
  let chiSquare = 0;
  for (const { name, weight } of nodes) {
    const expected = (NAMES.length * weight) / 10;
    chiSquare += ((counts.get(name) ?? 0) - expected) ** 2 / expected;
  }
  // Three degrees of freedom: beyond 16.3 by chance once in a thousand sets of names, and these are fixed.
  t.true(chiSquare < 16.3, `${chiSquare}`);
});

test('second replicas are drawn among the other zones by weight', (t) => {
  const nodes = grid(5, 2).map((one, i) => ({ ...one, weight: i < 5 ? 1 : 2 }));
  const placement = new Placement(nodes);
  const pairs = loads(
    NAMES.map((name) =>
      placement
        .choose(name, 2)
        .map((chosen) => chosen.name)
        .join(),
    ),
  );
  let chiSquare = 0;
  for (const first of nodes) {
    for (const second of nodes.filter(({ zone }) => zone !== first.zone)) {
      const expected = (NAMES.length * first.weight * second.weight) / (15 * 12);
      chiSquare += ((pairs.get(`${first.name},${second.name}`) ?? 0) - expected) ** 2 / expected;
    }
  }
  // 79 degrees of freedom.
  t.true(chiSquare < 124, `${chiSquare}`);
});

for (const [what, added] of Object.entries({
  'in its own zone': node('new', 'zone-new'),
  'in a zone with others': node('new', 'zone-2'),
  'with half a weight': node('new', 'zone-2', { weight: 0.5 }),
})) {
  test(`a new node ${what} takes variables, and no other does`, (t) => {
    const nodes = grid(5, 4);
    const before = firsts(nodes);
    const after = firsts([...nodes, added]);
    const moved = after.filter((name, i) => name !== before[i]);
    t.true(moved.every((name) => name === 'new'));
    const share = (NAMES.length * added.weight) / (20 + added.weight);
    t.true(Math.abs(moved.length - share) < 5 * Math.sqrt(share));
  });
}

test('what a full or lost node had is spread, and nothing else moves', (t) => {
  const nodes = grid(5, 4);
  const before = firsts(nodes);
  for (const change of [{ full: true }, { up: false }, { weight: 0 }]) {
    const after = firsts(nodes.map((one) => (one.name === 'node-7' ? { ...one, ...change } : one)));
    for (const [i, name] of before.entries()) t.is(after[i] === name, name !== 'node-7');
    const gained = loads(after.filter((_, i) => before[i] === 'node-7'));
    t.is(gained.size, 19);
  }
});
