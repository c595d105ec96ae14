/** The check of the bench's histories of compare-and-swaps. */
import test from 'ava';

interface Operation {
  invoked: number;
  returned: number;
  version: number;
  /** Of a swap that won: what it was made upon; undefined for a read. */
  expected?: number | null;
}

const { whyNotLinear } = (await import(new URL('../../bench/harness/linear.mjs', import.meta.url).href)) as {
  whyNotLinear: (history: readonly Operation[]) => string | undefined;
};

const swap = (invoked: number, returned: number, expected: number | null, version: number): Operation => ({
  invoked,
  returned,
  version,
  expected,
});
const read = (invoked: number, returned: number, version: number): Operation => ({ invoked, returned, version });

test('histories that may be', (t) => {
  t.is(whyNotLinear([]), undefined);
  const overlapping = [
    swap(0, 9, null, 1),
    read(1, 2, 1),
    swap(3, 10, 1, 5),
    read(4, 5, 1),
    read(6, 7, 5),
    read(6, 11, 1),
  ];
  t.is(whyNotLinear(overlapping), undefined);
  t.is(whyNotLinear(overlapping.toReversed()), undefined, 'in whatever order they are told');
  t.is(whyNotLinear([swap(5, 6, 7, 8), read(0, 1, 7)]), undefined, 'what was there before');
});

test('a version made twice, or not upon the one before it', (t) => {
  t.regex(whyNotLinear([swap(0, 1, null, 1), swap(0, 1, null, 1)]) ?? '', /made twice/);
  t.regex(whyNotLinear([swap(0, 1, null, 1), swap(2, 3, null, 2)]) ?? '', /made upon null, behind 1/);
});

test('an old version seen, and one seen before it was made', (t) => {
  const writes = [swap(0, 1, null, 1), swap(2, 3, 1, 2)];
  t.regex(whyNotLinear([...writes, read(4, 5, 1)]) ?? '', /version 2 was seen or made before 1 was/);
  t.regex(whyNotLinear([swap(2, 3, null, 1), read(0, 1, 1)]) ?? '', /version 1 was seen or made before 1 was/);
  t.regex(whyNotLinear([...writes, read(4, 5, 2), read(6, 7, 1)]) ?? '', /comes behind it/);
});
