/** Histories of a register that is right are accepted, and rejected when one look is changed to what can't be. */
import test from 'ava';
import fc from 'fast-check';
import { Random } from '../campaign/random.js';
import { checkHistory } from './check.js';
import { MUTATIONS } from './mutations.js';
import { simulate } from './simulated.js';
import { report } from './violation.js';

const options = fc.record({
  seed: fc.nat(),
  count: fc.integer({ min: 1, max: 120 }),
  names: fc.integer({ min: 1, max: 4 }),
  concurrency: fc.integer({ min: 1, max: 6 }),
  lost: fc.constantFrom(0, 0.05, 0.2, 0.4),
});

test('good histories are accepted', (t) => {
  fc.assert(
    fc.property(options, (wanted) => {
      const violations = checkHistory(simulate(wanted));
      if (violations.length > 0) throw new Error(report(violations));
    }),
    { numRuns: 500 },
  );
  t.pass();
});

for (const [what, mutate] of Object.entries(MUTATIONS)) {
  test(`rejected: a look that tells ${what}`, (t) => {
    let spoilt = 0;
    fc.assert(
      fc.property(options, fc.nat(), (wanted, seed) => {
        const random = new Random(seed);
        const history = mutate(simulate(wanted), (items) => random.pick(items));
        if (history === undefined) return;
        spoilt++;
        const rules = checkHistory(history).map(({ rule }) => rule);
        if (rules.length === 0 || rules.includes('undecided')) throw new Error(`accepted: ${rules.join()}`);
      }),
      { numRuns: 500 },
    );
    t.true(spoilt >= 25, `only ${spoilt} histories could be spoilt`);
  });
}
