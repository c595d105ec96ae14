import test from 'ava';
import { canonicalName, printable } from '../../dist/fabric/names.js';
import { throwsCode } from '../support/fabric.js';

const canonical = (name: string) => canonicalName(Buffer.from(name)).toString();

test('the default namespace has one spelling: without it', (t) => {
  t.is(canonical('x'), 'x');
  t.is(canonical('default/x'), 'x');
  t.is(canonical('weather/seattle'), 'weather/seattle');
});

test('a slash in the name itself keeps the default namespace', (t) => {
  t.is(canonical('default/a/b'), 'default/a/b');
  t.is(canonical('default'), 'default');
});

test('names are binary-safe', (t) => {
  const name = Buffer.from([0, 1, 0xff, 0x0a]);
  t.deepEqual(canonicalName(name), name);
});

test('namespace and name may not be empty', (t) => {
  for (const name of ['/x', 'x/', '/', 'default/']) {
    t.regex(
      throwsCode(t, 'ERR', () => canonical(name)),
      /neither may be empty/,
    );
  }
  t.is(canonical('a//b'), 'a//b');
});

test('a name has 1 to 512 bytes, counted in its short form', (t) => {
  t.is(canonical('n'.repeat(512)).length, 512);
  t.is(canonical(`default/${'n'.repeat(512)}`).length, 512);
  t.regex(
    throwsCode(t, 'ERR', () => canonical('')),
    /1 to 512 bytes; this one is empty/,
  );
  t.regex(
    throwsCode(t, 'ERR', () => canonical('n'.repeat(513))),
    /this one has 513/,
  );
});

test('names in sentences are printable and short', (t) => {
  t.is(printable(Buffer.from('plain')), "'plain'");
  t.is(printable(Buffer.from('a\r\nb\u00e9')), "'a\\x0d\\x0ab\\xc3\\xa9'");
  t.is(printable(Buffer.from('n'.repeat(200))), `'${'n'.repeat(128)}…'`);
});
