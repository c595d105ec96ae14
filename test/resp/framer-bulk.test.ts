import test from 'ava';
import { Framer, type OnBulk } from '../../dist/resp/framer.js';
import { DEFAULT_RESP_LIMITS } from '../../dist/resp/limits.js';
import { RequestParser } from '../../dist/resp/parser.js';
import { everyCut, feed, request } from './feeding.js';

const limits = { ...DEFAULT_RESP_LIMITS, askBytes: 8 };
const BULK = '0123456789abcdef';
const stream = Buffer.concat([request('PING'), request('SET', 'k', BULK), request('PING')]);

test('a large bulk is gathered, however it is cut', (t) => {
  for (const chunks of everyCut(stream)) {
    const { outcomes } = feed(chunks, { limits, route: 'gather' });
    t.deepEqual(outcomes, [['PING'], ['SET', 'k', BULK], ['PING']]);
  }
});

test('a large bulk is sunk, however it is cut, and the stream stays in step', (t) => {
  for (const chunks of everyCut(stream)) {
    const { outcomes } = feed(chunks, { limits, route: 'sink' });
    const sunk = { route: 'sink', bytes: BULK, length: BULK.length };
    t.deepEqual(outcomes, [['PING'], sunk, ['SET', 'k', ''], ['PING']]);
  }
});

test('a large bulk is discarded, however it is cut, and the stream stays in step', (t) => {
  for (const chunks of everyCut(stream)) {
    const { outcomes } = feed(chunks, { limits, route: 'discard' });
    const discarded = { route: 'discard', bytes: '', length: BULK.length };
    t.deepEqual(outcomes, [['PING'], discarded, ['SET', 'k', ''], ['PING']]);
  }
});

test('a request may have several discarded bulks', (t) => {
  const { outcomes } = feed([request(BULK, 'k', BULK)], { limits, route: 'discard' });
  t.deepEqual(outcomes.at(-1), ['', 'k', '']);
});

test('the owner is asked once the requests before have been handed out', (t) => {
  const asked: unknown[] = [];
  const onBulk: OnBulk = (before, index, count, length) => {
    asked.push([before.map(String), index, count, length]);
    return 'sink';
  };
  const framer = new Framer(limits, new RequestParser(), onBulk);
  framer.push(stream.subarray(0, stream.length - 20));
  t.deepEqual(framer.next(), [Buffer.from('PING')]);
  t.deepEqual(asked, []);
  const bypass = framer.next();
  t.deepEqual(asked, [[['SET', 'k'], 2, 3, BULK.length]]);
  t.like(bypass, { kind: 'bypass', route: 'sink' });
});

test('bytes that remain are announced, and nothing is handed out before they are there', (t) => {
  const framer = new Framer(limits, new RequestParser(), () => 'sink');
  framer.push(request('SET', 'k', BULK).subarray(0, -10));
  t.deepEqual(framer.next(), {
    kind: 'bypass',
    route: 'sink',
    length: 16,
    parts: [Buffer.from('01234567')],
    remaining: 8,
  });
  t.is(framer.next(), undefined);
  t.true(framer.midRequest);
  framer.bypassed();
  framer.push(Buffer.from('\r'));
  t.is(framer.next(), undefined);
  framer.push(Buffer.from('\n'));
  t.deepEqual(framer.next(), [Buffer.from('SET'), Buffer.from('k'), Buffer.alloc(0)]);
  t.false(framer.midRequest);
});

test('authentication set between two requests of one chunk holds for the second', (t) => {
  const framer = new Framer(limits, new RequestParser(), () => 'gather');
  const long = Array.from({ length: 20 }, String);
  framer.authenticated = false;
  framer.push(Buffer.concat([request('AUTH', 'x'), request(...long)]));
  t.is((framer.next() as Buffer[]).length, 2);
  framer.authenticated = true;
  t.is((framer.next() as Buffer[]).length, 20);
});

test('a gathered bulk takes time linear in its length and is whole', (t) => {
  const bulk = Buffer.alloc(8 * 1024 * 1024, 'abcdefg');
  const bytes = request('ECHO', bulk);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 4096) chunks.push(bytes.subarray(at, at + 4096));
  const { outcomes, heapBytesMax } = feed(chunks);
  t.true((outcomes[0] as string[])[1] === bulk.toString('latin1'));
  t.true(heapBytesMax <= bulk.length + 8192);
});

test('after stop nothing is handed out any more', (t) => {
  const framer = new Framer(limits, new RequestParser(), () => 'gather');
  framer.push(Buffer.concat([request('QUIT'), request('PING')]));
  t.truthy(framer.next());
  framer.stop();
  framer.push(request('PING'));
  t.is(framer.next(), undefined);
  t.is(framer.heapBytes, 0);
});
