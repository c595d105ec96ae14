/** Request streams whose replies tell when they were taken apart wrongly. */
import fc from 'fast-check';
import { request } from '../resp/feeding.js';
import type { Target } from './target.js';

/** Stands for the number of the conversation in names, so that conversations side by side don't share what they write. */
const NUMBER = '@@@@@@';

/** As long as what it replaces. By the time a number comes again, nothing of its first conversation is left. */
const digits = (number: number) => String(number % 10 ** NUMBER.length).padStart(NUMBER.length, '0');

/** Sealed before anything is sent, and never changed. */
export const FIXED: ReadonlyMap<string, Buffer> = new Map([
  ['fixed', Buffer.from('value')],
  ['empty', Buffer.alloc(0)],
  ['lines', Buffer.from('$3\r\nabc\r\n*1\r\n+OK\r\n-ERR no\r\n')],
  ['ns/binary\0\r\n\xff', Buffer.from('\0\r\n\xff', 'latin1')],
  ['large', Buffer.alloc(10_000, 'large. ')],
  ['n'.repeat(512), Buffer.from('longest name')],
]);

export async function storeFixed(target: Target): Promise<void> {
  for (const [name, bytes] of FIXED) {
    await target.ask('FABRIC.INSERT', Buffer.from(name, 'latin1'), '', 'bytes', bytes);
  }
}

const fixedName = fc.constantFrom(...FIXED.keys());
const writtenName = fc.constantFrom('a', 'b', 'c').map((name) => `w${NUMBER}${name}`);
const absentName = fc.constantFrom('absent', 'x', '', 'a/', '/a', 'n'.repeat(513), '\r\n', '\0');
const anyName = fc.oneof({ weight: 4, arbitrary: fixedName }, { weight: 3, arbitrary: writtenName }, absentName);
const smallPayload = fc.oneof(
  fc.constantFrom('', 'x', '\r\n', '*1\r\n$4\r\nPING\r\n', '$-1\r\n', '0123456789'.repeat(20)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

const randomCase = (word: string) =>
  fc.mixedCase(fc.constant(word)).map((mixed) => (mixed.length === word.length ? mixed : word));

const words = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((args) => request(...args));
const constant = (...args: readonly string[]) => fc.constant(request(...args));

/** One request, or what stands for one. The `stop` ones end the conversation. */
const harmless = fc.oneof(
  { weight: 4, arbitrary: words(randomCase('PING')) },
  { weight: 2, arbitrary: words(fc.constant('PING'), smallPayload) },
  { weight: 6, arbitrary: words(randomCase('GET'), anyName) },
  { weight: 4, arbitrary: words(randomCase('EXISTS'), anyName) },
  { weight: 2, arbitrary: words(fc.constant('EXISTS'), anyName, anyName) },
  { weight: 6, arbitrary: words(randomCase('FABRIC.LOCATE'), anyName) },
  {
    weight: 1,
    arbitrary: words(fc.constant('FABRIC.LOCATE'), fixedName, fc.constant('WAIT'), fc.constantFrom('1', '-1', 'x')),
  },
  {
    weight: 2,
    arbitrary: words(fc.constant('FABRIC.GET'), anyName, fc.constantFrom('0', '1', '99'), fc.constantFrom('0', '2')),
  },
  { weight: 2, arbitrary: words(fc.constant('STRLEN'), anyName) },
  { weight: 1, arbitrary: words(fc.constant('TYPE'), anyName) },
  { weight: 3, arbitrary: words(randomCase('SET'), writtenName, smallPayload) },
  {
    weight: 3,
    arbitrary: words(
      fc.constant('FABRIC.INSERT'),
      writtenName,
      fc.constant('doc'),
      fc.constantFrom('bytes', '3 * uint8', '1 *'),
      smallPayload,
    ),
  },
  { weight: 2, arbitrary: words(fc.constant('DEL'), writtenName) },
  {
    weight: 1,
    arbitrary: words(fc.constantFrom('NOPE', 'PIN', 'PINGG', 'GE', 'FABRIC.', 'FABRIC.LOCAT', '\0', ''), smallPayload),
  },
  { weight: 1, arbitrary: words(fc.constantFrom('GET', 'EXISTS', 'FABRIC.LOCATE', 'SET', 'CLIENT', 'ECHO')) },
  { weight: 1, arbitrary: words(fc.constant('GET'), anyName, anyName) },
  { weight: 1, arbitrary: words(fc.constant('ECHO'), smallPayload) },
  { weight: 1, arbitrary: words(fc.constant('SELECT'), fc.constantFrom('0', '1', 'x')) },
  { weight: 1, arbitrary: constant('CLIENT', 'REPLY', 'SKIP') },
  { weight: 1, arbitrary: fc.constantFrom('OFF', 'ON').map((mode) => request('CLIENT', 'REPLY', mode)) },
  { weight: 1, arbitrary: fc.constantFrom('2', '3').map((version) => request('HELLO', version, 'SETNAME', 'split')) },
  { weight: 1, arbitrary: constant('RESET') },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(
        'PING\r\n',
        'ping\n',
        'GET fixed\r\n',
        '  EXISTS "fixed"  \r\n',
        "GET 'ab\n",
        '\r\n',
        '\n',
        '*0\r\n',
        '*-1\r\n',
        '*1\rx$4\ryPINGzz',
        'FABRIC.LOCATE fixed\r\n',
        'ECHO "\\x41\\r\\n"\r\n',
      )
      .map((text) => Buffer.from(text, 'latin1')),
  },
);

/** What can't be followed any further, or ends the conversation. */
const last = fc.oneof(
  { weight: 6, arbitrary: fc.constant(Buffer.alloc(0)) },
  constant('QUIT'),
  fc
    .constantFrom(
      '*x\r\n',
      '*+1\r\n',
      '*01\r\n',
      '*5000000000\r\n',
      '*1\r\n$-1\r\n',
      '*1\r\n$04\r\nPING\r\n',
      '*1\r\n:1\r\n',
      '*1\r\n*1\r\n$4\r\nPING\r\n',
      '*2\r\n$3\r\nGET\r\n$99999999999999999999\r\n',
      'PING "\r\n',
      'POST / HTTP/1.1\r\n',
      '*2\r\n$3\r\nGET\r\n$5\r\nfi',
    )
    .map((text) => Buffer.from(text, 'latin1')),
);

/** One conversation: requests in a pipeline, perhaps an end that no server can follow, and something behind it. */
export const stream: fc.Arbitrary<Buffer> = fc
  .tuple(fc.array(harmless, { minLength: 1, maxLength: 12 }), last, fc.boolean())
  .map(([requests, end, more]) => Buffer.concat([...requests, end, ...(more ? [request('PING')] : [])]));

/** The same with a bulk in it that by-passes the heap. */
export const streamWithLarge: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.array(harmless, { maxLength: 4 }),
    fc.constantFrom(65_536, 65_537, 100_000, 300_000),
    fc.constantFrom('SET', 'INSERT', 'TYPED', 'TAKEN', 'UNKNOWN', 'ARITY', 'GET'),
    fc.constantFrom('\r\n', 'xx', '$1'),
    fc.array(harmless, { maxLength: 4 }),
  )
  .map(([before, length, kind, lineEnd, after]) =>
    Buffer.concat([...before, largeRequest(kind, length, lineEnd), ...after]),
  );

const LARGE: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  SET: (bytes) => request('SET', `w${NUMBER}a`, bytes),
  INSERT: (bytes) => request('FABRIC.INSERT', `w${NUMBER}b`, '', 'bytes', 'REPLACE', 'BYTES', bytes),
  TYPED: (bytes) => request('FABRIC.INSERT', `w${NUMBER}c`, '', '7 * float64', bytes),
  TAKEN: (bytes) => request('FABRIC.INSERT', 'fixed', '', 'bytes', bytes),
  UNKNOWN: (bytes) => request('NOPE', bytes),
  ARITY: (bytes) => request('PING', 'a', bytes),
  GET: (bytes) => request('GET', bytes),
};

/** As in Redis, whatever stands in the place of the line end after a bulk is skipped. */
function largeRequest(kind: string, length: number, lineEnd: string): Buffer {
  const whole = LARGE[kind]!(Buffer.alloc(length, '\r\n*1$'));
  whole.write(lineEnd, whole.length - 2, 'latin1');
  return whole;
}

/** The stream as the conversation of that number sends it. */
export function numbered(stream: Buffer, number: number): Buffer {
  const text = stream.toString('latin1').replaceAll(NUMBER, digits(number));
  return Buffer.from(text, 'latin1');
}

export const writtenNames = (number: number): string[] => ['a', 'b', 'c'].map((name) => `w${digits(number)}${name}`);

/** A placement as LOCATE and INSERT tell it, in either protocol. */
const PLACEMENT = /(\$\d+\r\n\/[^\r]+\r\n):(\d+)\r\n(:\d+\r\n):(\d+)\r\n/g;

/**
 * Replies without what differs from one conversation to the next: its number, and address and xid of what it wrote, the latter by order
 * of appearance. What is fixed stays as it is.
 */
export function comparable(replies: Buffer, number: number, fixedXids: ReadonlySet<string>): string {
  const seen = new Map<string, string>();
  const shown = (xid: string) => {
    if (fixedXids.has(xid)) return xid;
    seen.set(xid, seen.get(xid) ?? `xid ${seen.size}`);
    return seen.get(xid)!;
  };
  return replies
    .toString('latin1')
    .replaceAll(`w${digits(number)}`, `w${NUMBER}`)
    .replace(PLACEMENT, (whole, segment: string, _offset, length: string, xid: string) =>
      fixedXids.has(xid) ? whole : `${segment}:offset\r\n${length}:${shown(xid)}\r\n`,
    )
    .replace(/xid=(\d+)/g, (_whole, xid: string) => `xid=${shown(xid)}`)
    .replace(/\$2\r\nid\r\n:\d+\r\n/g, '$2\r\nid\r\n:id\r\n');
}

/** Cuts a stream at those places, in whatever order they are given. */
export function cutAt(stream: Buffer, places: readonly number[]): Buffer[] {
  const inside = [...new Set(places.map((place) => place % (stream.length + 1)))].sort((a, b) => a - b);
  const edges = [0, ...inside, stream.length];
  return edges.slice(1).map((edge, index) => stream.subarray(edges[index], edge));
}
