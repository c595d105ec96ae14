import test from 'ava';
import { splitInline } from '../../dist/resp/inline.js';

const words = (line: string) => splitInline(Buffer.from(line, 'latin1'))?.map((word) => word.toString('latin1'));

const cases: [line: string, words: string[] | undefined][] = [
  ['', []],
  [' \t ', []],
  ['PING', ['PING']],
  ['  SET  k\tv ', ['SET', 'k', 'v']],
  ['\vSET\fk', ['SET\fk']],
  ['""', ['']],
  ['\'\' ""', ['', '']],
  ['"a b"', ['a b']],
  ['"\\n\\r\\t\\b\\a\\\\\\"\\q"', ['\n\r\t\b\x07\\"q']],
  ['"\\x41\\xfF\\x00"', ['A\xff\0']],
  ['"\\x4g"', ['x4g']],
  ["'a\\'b\\n'", ["a'b\\n"]],
  ['foo"bar"', ['foobar']],
  ["foo'bar' x", ['foobar', 'x']],
  ['back\\slash', ['back\\slash']],
  ['"abc', undefined],
  ["'abc", undefined],
  ['"abc"d', undefined],
  ["'abc'd", undefined],
  ['"abc\\"', undefined],
  ['"abc\\', undefined],
];

for (const [line, expected] of cases) {
  test(`splits ${JSON.stringify(line)}`, (t) => t.deepEqual(words(line), expected));
}

test('words do not refer to the line', (t) => {
  const line = Buffer.from('GET key');
  const split = splitInline(line)!;
  line.fill(0);
  t.deepEqual(split.map(String), ['GET', 'key']);
});
