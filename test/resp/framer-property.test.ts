import test from 'ava';
import fc from 'fast-check';
import { feed, request } from './feeding.js';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const requests = fc.array(fc.array(bytes, { minLength: 1, maxLength: 6 }), { maxLength: 8 });
const cuts = fc.array(fc.nat(), { maxLength: 20 });

/** Small, so that random input reaches every one of them. */
const limits = {
  lineBytesMax: 48,
  argumentsMax: 12,
  bulkBytesMax: 200,
  requestBytesMax: 4000,
  askBytes: 16,
};

function cutAt(stream: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => place % (stream.length + 1)).sort((a, b) => a - b);
  const edges = [0, ...sorted, stream.length];
  return edges.slice(1).map((edge, index) => stream.subarray(edges[index], edge));
}

test('requests survive any cutting', (t) => {
  fc.assert(
    fc.property(requests, cuts, (sent, places) => {
      const { outcomes, midRequest } = feed(cutAt(Buffer.concat(sent.map((args) => request(...args))), places), {
        limits,
      });
      t.deepEqual(
        outcomes,
        sent.map((args) => args.map((arg) => arg.toString('latin1'))),
      );
      t.false(midRequest);
    }),
  );
});

/** Pieces from which hostile streams are likely. */
const piece = fc.oneof(
  fc.constantFrom(
    '*',
    '$',
    '\r\n',
    '\n',
    '\r',
    '0',
    '1',
    '3',
    '-',
    '+',
    ':',
    '*1\r\n',
    '*3\r\n',
    '$3\r\nabc\r\n',
    '$17\r\n',
    '"',
    "'",
    '\\x',
    ' ',
  ),
  fc.constantFrom('*5000000000\r\n', '$99999999999\r\n', '*1\r\n*1\r\n', 'POST x\r\n', 'PING\r\n', 'x'.repeat(30)),
  fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array).toString('latin1')),
);
const garbage = fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join(''), 'latin1'));

for (const route of ['gather', 'sink', 'discard'] as const) {
  for (const authenticated of [true, false]) {
    test(`garbage has one outcome however it is cut, and memory stays bounded: ${route}, ${authenticated ? 'after' : 'before'} AUTH`, (t) => {
      fc.assert(
        fc.property(garbage, cuts, (stream, places) => {
          const whole = feed([stream], { limits, route, authenticated });
          const cut = feed(cutAt(stream, places), { limits, route, authenticated });
          t.deepEqual(cut.outcomes, whole.outcomes);
          t.is(cut.midRequest, whole.midRequest);
          t.true(cut.heapBytesMax <= limits.requestBytesMax);
        }),
        { numRuns: 500 },
      );
    });
  }
}
