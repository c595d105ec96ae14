/** The search against trying all orders, which is the definition; and against a store that forgets the comparison. */
import test from 'ava';
import { Random } from '../campaign/random.js';
import { fitsSwaps, NONE, type SwapOperation } from './swaps.js';

const HISTORIES = 3000;
const OPERATIONS_MAX = 6;

test('finds an order exactly when there is one', (t) => {
  const random = new Random(Date.now() % 1_000_000);
  const counts = { fits: 0, impossible: 0, undecided: 0 };
  for (let round = 0; round < HISTORIES; round++) {
    const operations = anything(random);
    const verdict = fitsSwaps(operations);
    t.is(
      verdict,
      someOrderFits(operations, NONE, undefined) ? 'fits' : 'impossible',
      `seed ${random.seed}, round ${round}`,
    );
    counts[verdict]++;
  }
  t.true(counts.fits > 200 && counts.impossible > 200, JSON.stringify(counts));
});

test('two winners of one version, an old read and a lost write are found in a long history', (t) => {
  const good: SwapOperation[] = [];
  for (let at = 0; at < 400; at++) {
    const [invokedNs, returnedNs] = [at * 10, at * 10 + 15];
    const outcome = 'ok' as const;
    good.push({
      kind: 'swap',
      upon: at - 1,
      value: `v${at}`,
      made: at,
      invokedNs,
      returnedNs: returnedNs - 8,
      outcome,
    });
    good.push({ kind: 'swap', upon: at - 1, value: `w${at}`, found: at, invokedNs, returnedNs, outcome });
    good.push({
      kind: 'read',
      version: at,
      value: `v${at}`,
      invokedNs: invokedNs + 8,
      returnedNs: invokedNs + 9,
      outcome,
    });
  }
  t.is(fitsSwaps(good), 'fits');
  const twice = good.map((operation, at) => (at === 601 ? { ...operation, found: undefined, made: 200 } : operation));
  t.is(fitsSwaps(twice as SwapOperation[]), 'impossible');
  const old = good.map((operation, at) => (at === 602 ? { ...operation, version: 199, value: 'v199' } : operation));
  t.is(fitsSwaps(old), 'impossible');
  t.is(fitsSwaps(good.filter((_, at) => at !== 600)), 'impossible');
});

/** Not always possible. */
function anything(random: Random): SwapOperation[] {
  return Array.from({ length: random.between(1, OPERATIONS_MAX) }, (_, at): SwapOperation => {
    const invokedNs = random.between(0, 12);
    const times = { invokedNs, returnedNs: invokedNs + random.between(1, 6), outcome: 'ok' as const };
    const version = random.between(NONE, 2);
    if (random.chance(0.3)) {
      const value = version === NONE ? undefined : `v${random.between(0, OPERATIONS_MAX - 1)}`;
      return { kind: 'read', version, value, ...times };
    }
    const swap = { kind: 'swap' as const, upon: version, value: `v${at}`, ...times };
    if (random.chance(0.2)) return { ...swap, outcome: 'unknown', returnedNs: Infinity };
    return random.chance(0.3) ? { ...swap, found: random.between(NONE, 2) } : { ...swap, made: version + 1 };
  });
}

/** `left` in some order from a key that has `version` with `value`; unknown ones may be left out. */
function someOrderFits(left: readonly SwapOperation[], version: number, value: string | undefined): boolean {
  const must = left.filter(({ outcome }) => outcome === 'ok');
  if (must.length === 0) return true;
  return left.some((operation) => {
    if (must.some((other) => other !== operation && other.returnedNs < operation.invokedNs)) return false;
    const rest = left.filter((other) => other !== operation);
    if (operation.kind === 'read') {
      return operation.version === version && operation.value === value && someOrderFits(rest, version, value);
    }
    if (operation.found !== undefined) {
      return operation.found === version && operation.upon !== version && someOrderFits(rest, version, value);
    }
    if (operation.upon !== version || (operation.made ?? version + 1) !== version + 1) return false;
    return someOrderFits(rest, version + 1, operation.value);
  });
}
