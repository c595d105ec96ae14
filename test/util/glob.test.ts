import test from 'ava';
import fc from 'fast-check';
import { globMatcher } from '../../dist/util/glob.js';

const matches = (pattern: string, name: string, ignoreCase = false) =>
  globMatcher(Buffer.from(pattern, 'latin1'), { ignoreCase })(Buffer.from(name, 'latin1'));

const cases: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[] = [
  ['', [''], ['a']],
  ['*', ['', 'a', 'a/b', '\n'], []],
  ['**', ['', 'abc'], []],
  ['?', ['a', '*', '\xff'], ['', 'ab']],
  ['h?llo', ['hello', 'hxllo'], ['hllo', 'heello']],
  ['h*llo', ['hllo', 'heeeello'], ['hllox', 'ello']],
  ['*a*b*', ['ab', 'xaxbx', 'aab'], ['ba', 'a', '']],
  ['h[ae]llo', ['hello', 'hallo'], ['hillo', 'hllo']],
  ['h[^e]llo', ['hallo', 'hbllo'], ['hello', 'hllo']],
  ['h[a-b]llo', ['hallo', 'hbllo'], ['hcllo']],
  ['h[b-a]llo', ['hallo', 'hbllo'], ['hcllo']],
  ['[a-c-e]', ['a', 'b', 'c', '-', 'e'], ['d']],
  ['[\\]x]', [']', 'x'], ['\\']],
  ['[\\^a]', ['^', 'a'], ['b']],
  ['[]', [], ['', ']', 'a']],
  ['[^]', ['a', ']'], ['']],
  ['[abc', ['a', 'b', 'c'], ['[abc', 'd']],
  ['[a-', ['a', '-'], ['b']],
  ['a\\*b', ['a*b'], ['axb', 'a\\*b']],
  ['a\\?', ['a?'], ['ax']],
  ['a\\[b]', ['a[b]'], ['ab']],
  ['a\\', ['a\\'], ['a']],
  ['a\\\\', ['a\\'], ['a\\\\']],
  ['\xe9*', ['\xe9t\xe9'], ['e']],
];

for (const [pattern, matching, others] of cases) {
  test(`pattern ${JSON.stringify(pattern)}`, (t) => {
    for (const name of matching) t.true(matches(pattern, name), name);
    for (const name of others) t.false(matches(pattern, name), name);
  });
}

test('letters match in either case when asked', (t) => {
  t.true(matches('MAX[a-c]*', 'maxClients', true));
  t.true(matches('max*', 'MAXCLIENTS', true));
  t.false(matches('MAX*', 'maxclients'));
});

test('a matcher may be used again and leaves the name as it was', (t) => {
  const matcher = globMatcher(Buffer.from('A*'), { ignoreCase: true });
  const name = Buffer.from('ABC');
  t.true(matcher(name));
  t.true(matcher(name));
  t.is(name.toString(), 'ABC');
});

test('many stars over a long name take few steps', (t) => {
  const name = 'a'.repeat(20_000);
  const start = process.hrtime.bigint();
  t.false(matches('a*'.repeat(200) + 'b', name));
  // Trying every star again would take longer than the universe has lasted.
  t.true(process.hrtime.bigint() - start < 5_000_000_000n);
});

test('escaped, every name matches itself and only itself', (t) => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '[', ']', '\\', '^', '-') });
  fc.assert(
    fc.property(name, name, (one, other) => {
      const pattern = one.replace(/[*?[\]\\]/g, '\\$&');
      return matches(pattern, one) && matches(pattern, other) === (one === other);
    }),
  );
  t.pass();
});

/** The definition of stars and question marks as a regular expression. */
test('stars and question marks mean what they mean in a regular expression', (t) => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
  fc.assert(
    fc.property(pattern, name, (glob, text) => {
      const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      return matches(glob, text) === expression.test(text);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
