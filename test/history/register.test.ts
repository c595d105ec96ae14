/** The search against trying all orders, which is the definition. */
import test from 'ava';
import { Random } from '../campaign/random.js';
import { Book } from './book.js';
import { isWrite, type Operation } from './operation.js';
import { fitsRegister } from './register.js';
import { Identities } from './identities.js';

const HISTORIES = 3000;
const OPERATIONS_MAX = 6;

test('finds an order exactly when there is one', (t) => {
  const random = new Random(Date.now() % 1_000_000);
  const counts = { fits: 0, impossible: 0, undecided: 0 };
  for (let round = 0; round < HISTORIES; round++) {
    const { operations } = anything(random);
    const { matches } = new Identities(operations);
    const verdict = fitsRegister(operations, { matches, configurationsMax: 100_000 });
    const happened = operations.filter(({ outcome }) => outcome !== 'failed');
    t.is(verdict, someOrderFits(happened, undefined) ? 'fits' : 'impossible', `seed ${random.seed}, round ${round}`);
    counts[verdict]++;
  }
  t.true(counts.fits > 300 && counts.impossible > 300, JSON.stringify(counts));
});

/** Not always possible: looks see the bytes of any write, or nothing. */
function anything(random: Random): Book {
  const book = new Book();
  const count = random.between(1, OPERATIONS_MAX);
  for (let seed = 1; seed <= count; seed++) {
    const from = random.between(0, 12);
    const times = [from, from + random.between(1, 6)] as const;
    const outcome = random.chance(0.3) ? ('unknown' as const) : ('ok' as const);
    const what = random.pick(['insert', 'set', 'delete', 'get', 'get'] as const);
    if (what === 'get') book.get('x', random.chance(0.3) ? null : random.between(1, count), times);
    else if (what === 'delete') book.delete('x', random.chance(0.6), times, { outcome });
    else book[what]('x', seed, times, { outcome });
  }
  return book;
}

/** `left` in some order from a register that has `value`; unknown ones may be left out. */
function someOrderFits(left: readonly Operation[], value: number | undefined): boolean {
  const must = left.filter(({ outcome }) => outcome === 'ok');
  if (must.length === 0) return true;
  return left.some((operation) => {
    if (must.some((other) => other !== operation && other.returnedNs < operation.invokedNs)) return false;
    const after = afterwards(operation, value);
    if (after === 'impossible') return false;
    const rest = left.filter((other) => other !== operation);
    return someOrderFits(rest, after);
  });
}

function afterwards(operation: Operation, value: number | undefined): number | undefined | 'impossible' {
  if (isWrite(operation)) {
    if (operation.kind === 'SET' || value === undefined) return operation.value.seed;
    return operation.outcome === 'ok' ? 'impossible' : value;
  }
  if (operation.kind === 'DELETE') {
    const found = value !== undefined;
    return operation.outcome === 'ok' && operation.found !== found ? 'impossible' : undefined;
  }
  const seen = operation.seen?.crc32c === undefined ? undefined : operation.seen.crc32c - 1000;
  return seen === value ? value : 'impossible';
}
