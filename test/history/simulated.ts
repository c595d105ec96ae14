/** Histories of a register that is right: every operation takes effect at one moment, some replies get lost, some effects come late. */
import { Random } from '../campaign/random.js';
import { isWrite, type Operation, type Sighting, type Written } from './operation.js';

export interface SimulatedOptions {
  seed: number;
  /** Operations, apart from the looks at the end. */
  count: number;
  names: number;
  /** How many are under way at a time, on average. */
  concurrency: number;
  /** Part of the replies that get lost. */
  lost: number;
}

const STEP_NS = 1000;
const NODES = ['alpha', 'beta', 'gamma'];

interface Draft {
  operation: Operation;
  /** When it happens; Infinity is never. */
  effectNs: number;
}

interface Held {
  value: Written;
  xid: number;
}

export function simulate({ seed, count, names, concurrency, lost }: SimulatedOptions): Operation[] {
  const random = new Random(seed);
  const drafts = Array.from({ length: count }, (_, index) => draft(random, index, names, concurrency, lost));
  const lastNs = Math.max(0, ...drafts.map(({ effectNs, operation }) => finite(effectNs, operation.invokedNs)));
  for (let name = 0; name < names; name++) drafts.push(lastLook(count + name, `v${name}`, lastNs + 1 + name * 2));
  // By effect: that is the order in which a register does things.
  let xids = 0;
  const held = new Map<string, Held>();
  for (const { operation } of [...drafts]
    .sort((a, b) => a.effectNs - b.effectNs)
    .filter((made) => made.effectNs < Infinity)) {
    apply(operation, held, () => ++xids, random);
  }
  return drafts.map(({ operation }) => operation);
}

function draft(random: Random, index: number, names: number, concurrency: number, lost: number): Draft {
  const invokedNs = index * STEP_NS;
  const returnedNs = invokedNs + Math.ceil(random.fraction() * 2 * concurrency * STEP_NS);
  const isLost = random.chance(lost);
  const within = invokedNs + random.fraction() * (returnedNs - invokedNs);
  const late = random.chance(0.5) ? within + random.fraction() * 20 * STEP_NS : within;
  const effectNs = isLost ? (random.chance(0.3) ? Infinity : late) : within;
  const kind = random.weighted([
    { item: 'INSERT' as const, weight: 2 },
    { item: 'SET' as const, weight: 2 },
    { item: 'DELETE' as const, weight: 1.5 },
    { item: 'GET' as const, weight: 3 },
    { item: 'LOCATE' as const, weight: 2 },
  ]);
  const length = random.between(1, 1000);
  const common = {
    id: index + 1,
    client: `c${random.between(1, concurrency + 1)}`,
    node: random.pick(NODES),
    name: `v${random.between(0, names - 1)}`,
    invokedNs,
    returnedNs: isLost ? Infinity : returnedNs,
    outcome: isLost ? ('unknown' as const) : ('ok' as const),
  };
  const value = { seed: index + 1, length, crc32c: index + 1 };
  const operation: Operation = kind === 'INSERT' || kind === 'SET' ? { ...common, kind, value } : { ...common, kind };
  return { operation, effectNs };
}

function lastLook(index: number, name: string, atNs: number): Draft {
  const common = { id: index + 1, client: 'end', node: 'alpha', name, outcome: 'ok' as const };
  return {
    operation: { ...common, kind: 'GET', atEnd: true, invokedNs: atNs, returnedNs: atNs + 1 },
    effectNs: atNs + 0.5,
  };
}

function apply(operation: Operation, held: Map<string, Held>, nextXid: () => number, random: Random): void {
  const { name, outcome } = operation;
  const there = held.get(name);
  if (isWrite(operation)) {
    if (operation.kind === 'INSERT' && there !== undefined) {
      if (outcome === 'ok') operation.outcome = 'failed';
      return;
    }
    const xid = nextXid();
    held.set(name, { value: operation.value, xid });
    if (outcome === 'ok' && random.chance(0.8)) operation.xid = xid;
    return;
  }
  if (outcome !== 'ok') {
    if (operation.kind === 'DELETE') held.delete(name);
  } else if (operation.kind === 'DELETE') {
    operation.found = held.delete(name);
  } else {
    operation.seen = there ? sightingOf(there, operation.kind) : null;
  }
}

/** GET tells the bytes, the others whose they are. */
function sightingOf({ value: { length, crc32c }, xid }: Held, kind: Operation['kind']): Sighting {
  return kind === 'GET' ? { length, crc32c } : { length, xid };
}

const finite = (ns: number, otherwise: number) => (ns === Infinity ? otherwise : ns);
