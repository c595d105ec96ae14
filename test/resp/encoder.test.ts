import { createRequire } from 'node:module';
import test from 'ava';
import fc from 'fast-check';
import { encode, encodeBulkHeader, encodePush, type Protocol } from '../../dist/resp/encoder.js';
import { Output } from '../../dist/resp/output.js';
import { NONE, NULL_ARRAY, OK, map, set, simple, type Reply } from '../../dist/resp/reply.js';

interface ReplyParser {
  execute(bytes: Buffer): void;
}
type ReplyParserConstructor = new (options: {
  returnReply: (reply: unknown) => void;
  returnError: (error: Error) => void;
}) => ReplyParser;

/** It comes without types. */
const RedisParser = createRequire(import.meta.url)('redis-parser') as ReplyParserConstructor;

function encoded(reply: Reply, protocol: Protocol): string {
  const output = new Output();
  encode(output, reply, protocol);
  return output.take().toString('latin1');
}

const cases: [title: string, reply: Reply, resp2: string, resp3: string][] = [
  ['a string', 'héé', '$5\r\nh\xc3\xa9\xc3\xa9\r\n', '$5\r\nh\xc3\xa9\xc3\xa9\r\n'],
  ['an empty string', '', '$0\r\n\r\n', '$0\r\n\r\n'],
  ['bytes', Buffer.from([0, 255, 13, 10]), '$4\r\n\0\xff\r\n\r\n', '$4\r\n\0\xff\r\n\r\n'],
  ['zero', 0, ':0\r\n', ':0\r\n'],
  ['minus zero', -0, ':0\r\n', ':0\r\n'],
  ['a negative integer', -42, ':-42\r\n', ':-42\r\n'],
  ['the largest integer', 2 ** 53 - 1, ':9007199254740991\r\n', ':9007199254740991\r\n'],
  ['the smallest integer', 1 - 2 ** 53, ':-9007199254740991\r\n', ':-9007199254740991\r\n'],
  ['a bigint', 2n ** 63n - 1n, ':9223372036854775807\r\n', ':9223372036854775807\r\n'],
  ['a big number', 2n ** 64n, '$20\r\n18446744073709551616\r\n', '(18446744073709551616\r\n'],
  ['true', true, ':1\r\n', '#t\r\n'],
  ['false', false, ':0\r\n', '#f\r\n'],
  ['null', null, '$-1\r\n', '_\r\n'],
  ['a null array', NULL_ARRAY, '*-1\r\n', '_\r\n'],
  ['an array', [1, 'a', null, []], '*4\r\n:1\r\n$1\r\na\r\n$-1\r\n*0\r\n', '*4\r\n:1\r\n$1\r\na\r\n_\r\n*0\r\n'],
  ['a simple string', OK, '+OK\r\n', '+OK\r\n'],
  ['line breaks in a simple string', simple('a\r\nb\nc'), '+a  b c\r\n', '+a  b c\r\n'],
  ['an error', { kind: 'error', text: 'ERR no\r\nway' }, '-ERR no  way\r\n', '-ERR no  way\r\n'],
  [
    'a map',
    map([
      ['a', 1],
      ['b', true],
    ]),
    '*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:1\r\n',
    '%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n#t\r\n',
  ],
  ['a set', set([simple('fast'), 2]), '*2\r\n+fast\r\n:2\r\n', '~2\r\n+fast\r\n:2\r\n'],
  ['a double', { kind: 'double', value: 1.5 }, '$3\r\n1.5\r\n', ',1.5\r\n'],
  ['infinity', { kind: 'double', value: -Infinity }, '$4\r\n-inf\r\n', ',-inf\r\n'],
  ['not a number', { kind: 'double', value: NaN }, '$3\r\nnan\r\n', ',nan\r\n'],
  ['a verbatim text', { kind: 'verbatim', text: 'a\r\nb' }, '$4\r\na\r\nb\r\n', '=8\r\ntxt:a\r\nb\r\n'],
];

for (const [title, reply, resp2, resp3] of cases) {
  test(`encodes ${title}`, (t) => {
    t.is(encoded(reply, 2), resp2);
    t.is(encoded(reply, 3), resp3);
  });
}

test('a push is an array in RESP2', (t) => {
  const output = new Output();
  encodePush(output, ['message', 'c'], 2);
  encodePush(output, ['message', 'c'], 3);
  t.is(output.take().toString(), '*2\r\n$7\r\nmessage\r\n$1\r\nc\r\n>2\r\n$7\r\nmessage\r\n$1\r\nc\r\n');
});

test('a payload gets its header here and its bytes elsewhere', (t) => {
  const output = new Output();
  encodeBulkHeader(output, 1 << 30);
  t.is(output.take().toString(), '$1073741824\r\n');
});

const unencodable: Reply[] = [1.5, 2 ** 53, NaN, [NONE], { kind: 'payload', entry: 1, offset: 0, length: 1 }];
for (const reply of unencodable) {
  test(`refuses ${JSON.stringify(reply)}`, (t) => {
    t.throws(() => encoded(reply, 3), { instanceOf: TypeError });
  });
}

test('what was taken is never written again, across blocks and long replies', (t) => {
  const output = new Output();
  const taken: [Buffer, string][] = [];
  for (let round = 0; round < 2000; round++) {
    const text = `${round}`.repeat(1 + (round % 97));
    encode(output, [text, round], 3);
    if (round % 3 === 0) continue;
    const bytes = output.take();
    taken.push([bytes, bytes.toString('latin1')]);
  }
  encode(output, 'x'.repeat(1 << 20), 3);
  t.is(output.take().length, (1 << 20) + 12);
  t.true(taken.every(([bytes, text]) => bytes.toString('latin1') === text));
});

test('truncate takes a reply back', (t) => {
  const output = new Output();
  encode(output, OK, 2);
  const before = output.length;
  encode(output, 'x'.repeat(100_000), 2);
  output.truncate(before);
  encode(output, 1, 2);
  t.is(output.take().toString(), '+OK\r\n:1\r\n');
});

const leaf = fc.oneof(
  fc.string(),
  fc.maxSafeInteger(),
  fc.constant(null),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
);
const tree = fc.letrec<{ node: Reply }>((tie) => ({
  node: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('node'), { maxLength: 8 })),
})).node;

test('RESP2 replies are read back by redis-parser as they were written', (t) => {
  fc.assert(
    fc.property(tree, (reply) => {
      const replies: unknown[] = [];
      const parser = new RedisParser({
        returnReply: (read) => replies.push(read),
        returnError: (error) => t.fail(error.message),
      });
      const output = new Output();
      encode(output, reply, 2);
      parser.execute(output.take());
      t.deepEqual(replies, [reply]);
    }),
  );
});
