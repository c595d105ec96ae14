import test from 'ava';
import { FabricError } from '../../dist/errors.js';
import { alternatives, ArgumentReader, integerOf, parseInteger, quoted } from '../../dist/util/args.js';

const buffers = (...words: string[]) => words.map((word) => Buffer.from(word));
const limits = { min: 1, max: 100, what: 'COUNT' };

test('integers are taken in canonical decimal form only', (t) => {
  for (const text of ['0', '7', '-7', '9007199254740991', '-9007199254740991']) {
    t.is(integerOf(Buffer.from(text)), Number(text), text);
  }
  const wrong = ['', '+1', '01', '-0', '-', ' 1', '1 ', '1.0', '1e3', '0x10', '9007199254740992', '1'.repeat(40), '١'];
  for (const text of wrong) t.is(integerOf(Buffer.from(text)), undefined, text);
});

test('a refused integer names itself, the range and what was sent', (t) => {
  for (const text of ['0', '101', 'abc', '']) {
    t.throws(() => parseInteger(Buffer.from(text), limits), {
      instanceOf: FabricError,
      code: 'ERR',
      message: `COUNT must be an integer from 1 to 100, not '${text}'`,
    });
  }
  t.is(parseInteger(Buffer.from('1'), limits), 1);
  t.is(parseInteger(Buffer.from('100'), limits), 100);
});

test('shown arguments are cut and stay on one line', (t) => {
  t.is(quoted(Buffer.from('a\r\nb')), "'a  b'");
  t.is(quoted(Buffer.alloc(1000, 'x')), `'${'x'.repeat(64)}…'`);
});

test('alternatives read as a sentence', (t) => {
  t.is(alternatives(['A']), 'A');
  t.is(alternatives(['A', 'B']), 'A or B');
  t.is(alternatives(['A', 'B', 'C']), 'A, B or C');
});

test('keywords are peeked at in upper case, and taken', (t) => {
  const reader = new ArgumentReader(buffers('CMD', 'name', 'match', 'x*', 'COUNT', '5'), 2);
  t.is(reader.keyword(), 'MATCH');
  t.false(reader.take('COUNT'));
  t.true(reader.take('MATCH'));
  t.is(reader.next('a pattern').toString(), 'x*');
  t.is(reader.left, 2);
  t.true(reader.take('COUNT'));
  t.is(reader.integer('COUNT', 1, 10), 5);
  t.true(reader.done());
  t.is(reader.keyword(), undefined);
});

test('a reader past the end says what is missing', (t) => {
  const reader = new ArgumentReader(buffers('CMD'), 3);
  t.true(reader.done());
  t.throws(() => reader.next('a path'), { code: 'ERR', message: 'syntax error: a path is missing at the end' });
});

test('a refused keyword says what may stand there', (t) => {
  const reader = new ArgumentReader(buffers('CMD', 'foo'), 1);
  t.throws(() => reader.fail(['MATCH', 'COUNT']), {
    code: 'ERR',
    message: "syntax error: expected MATCH or COUNT, not 'foo'",
  });
  reader.next('anything');
  t.throws(() => reader.fail('a source'), {
    code: 'ERR',
    message: 'syntax error: expected a source, not the end of the command',
  });
});
