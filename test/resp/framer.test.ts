import test from 'ava';
import { everyCut, feed, request, type FeedOptions, type Outcome } from './feeding.js';

const fatal = (text: string): Outcome => ({ fatal: `ERR Protocol error: ${text}` });
const unauthenticated: FeedOptions = { authenticated: false };

interface Case {
  title: string;
  stream: string;
  outcomes: Outcome[];
  options?: FeedOptions;
  /** The stream ends within a request. */
  midRequest?: boolean;
}

const PING = ['PING'];
const TEN = Array.from('abcdefghij');

const cases: Case[] = [
  { title: 'a request', stream: '*1\r\n$4\r\nPING\r\n', outcomes: [PING] },
  {
    title: 'several requests',
    stream: '*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n',
    outcomes: [PING, ['GET', 'k']],
  },
  { title: 'binary arguments', stream: '*2\r\n$4\r\n\r\n\0*\r\n$1\r\n\xff\r\n', outcomes: [['\r\n\0*', '\xff']] },
  { title: 'an empty argument', stream: '*2\r\n$3\r\nGET\r\n$0\r\n\r\n', outcomes: [['GET', '']] },
  { title: 'half a request', stream: '*2\r\n$3\r\nGET\r\n$3\r\nab', outcomes: [], midRequest: true },

  { title: '*0 is ignored', stream: '*0\r\nPING\r\n', outcomes: [PING] },
  { title: '*-1 is ignored', stream: '*-1\r\nPING\r\n', outcomes: [PING] },
  { title: 'any negative count is ignored', stream: '*-2147483648\r\n*1\r\n$4\r\nPING\r\n', outcomes: [PING] },
  { title: 'empty lines are ignored', stream: '\r\n\n \r\nPING\r\n', outcomes: [PING] },
  {
    title: 'two bytes after a bulk are skipped unseen',
    stream: '*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n',
    outcomes: [PING, PING],
  },
  { title: 'the byte after a header is skipped unseen', stream: '*1\rx$4\ryPING\r\n', outcomes: [PING] },

  { title: 'count without digits', stream: 'PING\r\n*\r\n', outcomes: [PING, fatal('invalid multibulk length')] },
  { title: 'count with +', stream: '*+1\r\n', outcomes: [fatal('invalid multibulk length')] },
  { title: 'count with a leading zero', stream: '*01\r\n', outcomes: [fatal('invalid multibulk length')] },
  { title: 'count of minus zero', stream: '*-0\r\n', outcomes: [fatal('invalid multibulk length')] },
  { title: 'count with a space', stream: '* 1\r\n', outcomes: [fatal('invalid multibulk length')] },
  { title: 'count with a letter', stream: '*1a\r\n', outcomes: [fatal('invalid multibulk length')] },
  { title: 'count beyond int32', stream: '*5000000000\r\n', outcomes: [fatal('invalid multibulk length')] },
  {
    title: 'count of twenty digits',
    stream: '*99999999999999999999\r\n',
    outcomes: [fatal('invalid multibulk length')],
  },
  { title: 'count beyond the limit', stream: '*33554431\r\n$1\r\n', outcomes: [fatal('invalid multibulk length')] },
  {
    title: 'a count line without end',
    stream: `*${'1'.repeat(70)}`,
    outcomes: [fatal('too big mbulk count string')],
    options: { limits: { lineBytesMax: 64 } },
  },

  { title: 'bulk of -1', stream: '*1\r\n$-1\r\n', outcomes: [fatal('invalid bulk length')] },
  { title: 'bulk with +', stream: '*1\r\n$+4\r\n', outcomes: [fatal('invalid bulk length')] },
  { title: 'bulk with a leading zero', stream: '*1\r\n$04\r\nPING\r\n', outcomes: [fatal('invalid bulk length')] },
  { title: 'bulk without digits', stream: '*1\r\n$\r\n', outcomes: [fatal('invalid bulk length')] },
  {
    title: 'bulk beyond the limit',
    stream: '*1\r\n$65\r\n',
    outcomes: [fatal('invalid bulk length')],
    options: { limits: { bulkBytesMax: 64 } },
  },
  {
    title: 'bulk of twenty digits',
    stream: '*1\r\n$18446744073709551617\r\n',
    outcomes: [fatal('invalid bulk length')],
  },
  {
    title: 'a bulk line without end',
    stream: `*1\r\n$${'1'.repeat(70)}`,
    outcomes: [fatal('too big bulk count string')],
    options: { limits: { lineBytesMax: 64 } },
  },
  { title: 'an integer for a bulk', stream: '*1\r\n:5\r\n', outcomes: [fatal("expected '$', got ':'")] },
  { title: 'a nested array', stream: '*1\r\n*1\r\n*1\r\n', outcomes: [fatal("expected '$', got '*'")] },
  { title: 'an empty bulk header', stream: '*1\r\n\r\n', outcomes: [fatal("expected '$', got '\r'")] },
  {
    title: 'an error in the second request',
    stream: '*1\r\n$4\r\nPING\r\n*1\r\n+OK\r\n',
    outcomes: [PING, fatal("expected '$', got '+'")],
  },
  { title: 'nothing follows a fatal error', stream: '*x\r\nPING\r\n', outcomes: [fatal('invalid multibulk length')] },
  {
    title: 'too many bytes in one request',
    stream: '*9\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n',
    outcomes: [fatal('too big request')],
    options: { limits: { requestBytesMax: 300 } },
  },

  { title: 'inline', stream: 'SET k "a b"\r\n', outcomes: [['SET', 'k', 'a b']] },
  { title: 'inline with a bare line feed', stream: 'PING\nPING\n', outcomes: [PING, PING] },
  {
    title: 'inline with unbalanced quotes',
    stream: 'PING\r\nSET k "a\r\n',
    outcomes: [PING, fatal('unbalanced quotes in request')],
  },
  {
    title: 'inline beyond the limit',
    stream: `PING ${'x'.repeat(64)}\r\n`,
    outcomes: [fatal('too big inline request')],
    options: { limits: { lineBytesMax: 64 } },
  },
  {
    title: 'inline without end',
    stream: 'x'.repeat(65),
    outcomes: [fatal('too big inline request')],
    options: { limits: { lineBytesMax: 64 } },
  },
  {
    title: 'inline just within the limit',
    stream: `${'x'.repeat(63)}\r\n`,
    outcomes: [['x'.repeat(63)]],
    options: { limits: { lineBytesMax: 64 } },
  },
  { title: 'an HTTP POST', stream: 'PING\r\nPOST / HTTP/1.1\r\nPING\r\n', outcomes: [PING, 'hangup'] },
  {
    title: 'an HTTP header',
    stream: 'GET / HTTP/1.1\r\nhOSt: x\r\n\r\n',
    outcomes: [['GET', '/', 'HTTP/1.1'], 'hangup'],
  },

  {
    title: 'ten arguments before AUTH',
    stream: request(...TEN).toString('latin1'),
    outcomes: [TEN],
    options: unauthenticated,
  },
  {
    title: 'eleven arguments before AUTH',
    stream: '*11\r\n$4\r\n',
    outcomes: [fatal('unauthenticated multibulk length')],
    options: unauthenticated,
  },
  {
    title: 'a long bulk before AUTH',
    stream: '*1\r\n$16385\r\n',
    outcomes: [fatal('unauthenticated bulk length')],
    options: unauthenticated,
  },
  {
    title: 'a bad count before AUTH',
    stream: '*5000000000\r\n',
    outcomes: [fatal('invalid multibulk length')],
    options: unauthenticated,
  },
  { title: 'inline before AUTH', stream: 'AUTH secret\r\n', outcomes: [['AUTH', 'secret']], options: unauthenticated },
];

for (const { title, stream, outcomes, options, midRequest } of cases) {
  test(title, (t) => {
    for (const chunks of everyCut(Buffer.from(stream, 'latin1'))) {
      const fed = feed(chunks, options);
      t.deepEqual(fed.outcomes, outcomes);
      t.is(fed.midRequest, midRequest ?? false);
    }
  });
}

test('lines may be 64 KiB and no longer', (t) => {
  const word = 'x'.repeat(64 * 1024);
  t.deepEqual(feed([Buffer.from(`${word}\n`)]).outcomes, [[word]]);
  t.deepEqual(feed([Buffer.from(`${word}x\n`)]).outcomes, [fatal('too big inline request')]);
  t.deepEqual(feed([Buffer.from(`*${word}`)]).outcomes, [fatal('too big mbulk count string')]);
  t.deepEqual(feed([Buffer.from(`*1\r\n$${word}`)]).outcomes, [fatal('too big bulk count string')]);
});

test('a length of 16 KiB is within what may be sent before AUTH', (t) => {
  const arg = 'x'.repeat(16 * 1024);
  t.deepEqual(feed([request('AUTH', arg)], unauthenticated).outcomes, [['AUTH', arg]]);
});

test('a million pipelined empty requests cost nothing', (t) => {
  const fed = feed([Buffer.from('*0\r\n\r\n*-1\r\n'.repeat(300_000))]);
  t.deepEqual(fed.outcomes, []);
  t.is(fed.heapBytesMax, 0);
});

test('an announced bulk costs no memory before its bytes come', (t) => {
  const header = Buffer.from('*2\r\n$3\r\nSET\r\n$60000000\r\n');
  const fed = feed([header, Buffer.from('abc')]);
  t.true(fed.midRequest);
  t.true(fed.heapBytesMax < 1024);
});

test('announced arguments cost no memory before they come', (t) => {
  const before = process.memoryUsage().rss;
  const framers = Array.from({ length: 64 }, () => feed([Buffer.from('*1048576\r\n$1\r\n')]));
  t.true(framers.every(({ midRequest }) => midRequest));
  t.true(process.memoryUsage().rss - before < 64 * 1024 * 1024);
});
