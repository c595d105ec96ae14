/** What becomes of calls when the network or the server fails: told truthfully, and within the time limit. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { S3Store } from '../../dist/storage/s3-store.js';
import { either, FaultyProxy, first, type Fault, type Rule } from './faulty-proxy.js';
import { freshKey, inTime, ONE, refusal, TIMEOUT_MS } from './faults.js';
import { s3Options } from './servers.js';

const PUT = /^PUT .*\/objects\//;
const GET = /^GET .*\/objects\//;

const shared = await s3Options('objects');
const direct = new S3Store(shared);
test.after.always(() => direct.close());

const error = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>so</Message></Error>`;
const CONFLICT: Fault = { status: 409, body: error('ConditionalRequestConflict') };
const BUSY: Fault = { status: 503, body: error('SlowDown') };

async function through(t: ExecutionContext, rule?: Rule): Promise<{ store: S3Store; proxy: FaultyProxy }> {
  const proxy = await FaultyProxy.start(t, shared.endpoint);
  if (rule) proxy.rule = rule;
  const store = new S3Store({ ...shared, endpoint: proxy.endpoint, timeoutMs: TIMEOUT_MS });
  t.teardown(() => store.close());
  return { store, proxy };
}

const CREATES: readonly [string, Rule, 'created' | 'exists' | 'unknown', isThere: boolean][] = [
  ['its reply is lost', first(1, PUT, 'lose the reply'), 'unknown', true],
  ['its reply never comes', first(1, PUT, 'hold the reply'), 'unknown', true],
  ['the request never arrives', first(1, PUT, 'hold the request'), 'unknown', false],
  ['two conflicts come first', first(2, PUT, CONFLICT), 'created', true],
  ['it is turned away first', first(2, PUT, BUSY), 'created', true],
  ['it is turned away without a word', first(1, PUT, { status: 503 }), 'created', true],
  ['it is done and said to be turned away', first(1, PUT, { status: 503, after: true }), 'unknown', true],
  ['it is turned away throughout', first(1000, PUT, BUSY), 'unknown', false],
  ['the server fails', first(1, PUT, { status: 500, body: error('InternalError') }), 'unknown', false],
  ['a gateway loses its server', first(1, PUT, { status: 502, body: '<html>' }), 'unknown', false],
  ['a gateway gives up waiting', first(1, PUT, { status: 504, after: true }), 'unknown', true],
];

for (const [title, rule, expected, isThere] of CREATES) {
  test(`s3 create when ${title}: ${expected}`, async (t) => {
    const { store, proxy } = await through(t, rule);
    const key = freshKey();
    t.is(await inTime(t, () => store.create(key, ONE)), expected);
    t.is((await direct.get(key)) !== undefined, isThere);
    t.true(proxy.requests.length <= 6, 'a bounded number of tries');
  });
}

test('s3 create where an object is: exists, also behind a conflict', async (t) => {
  const { store, proxy } = await through(t);
  const key = freshKey();
  await direct.put(key, ONE);
  t.is(await store.create(key, Buffer.from('two')), 'exists');
  proxy.rule = first(1, PUT, CONFLICT);
  t.is(await store.create(key, Buffer.from('two')), 'exists');
  t.is(String(await direct.get(key)), 'one');
});

test('s3 create that certainly did nothing is an error', async (t) => {
  const { store, proxy } = await through(t, first(1000, PUT, CONFLICT));
  t.regex(await refusal(t, () => store.create(freshKey(), ONE)), /409/);
  proxy.rule = first(1, PUT, { status: 501, body: error('NotImplemented') });
  t.regex(await refusal(t, () => store.create(freshKey(), ONE)), /501.*NotImplemented/);
  const nobody = new S3Store({ ...shared, endpoint: 'http://127.0.0.1:1', timeoutMs: TIMEOUT_MS });
  t.teardown(() => nobody.close());
  t.regex(await refusal(t, () => nobody.create(freshKey(), ONE)), /ECONNREFUSED/);
  await refusal(t, () => nobody.get(freshKey()));
});

test('s3 calls that may be repeated are', async (t) => {
  const { store, proxy } = await through(t);
  const key = freshKey();
  for (const fault of [BUSY, 'lose the reply', { status: 500 }] as const) {
    proxy.rule = first(2, PUT, fault);
    await inTime(t, () => store.put(key, ONE));
    proxy.rule = first(2, GET, fault);
    t.is(String(await inTime(t, () => store.get(key))), 'one');
    proxy.rule = first(2, /^GET .*list-type/, fault);
    for await (const object of store.list(key)) t.deepEqual(object, { key, bytes: 3 });
    proxy.rule = first(2, /^DELETE/, fault);
    await inTime(t, () => store.delete(key));
    t.is(await store.get(key), undefined);
  }
});

test('s3 calls end within their time when the server is silent or turns everybody away', async (t) => {
  const { store, proxy } = await through(t);
  const calls = [
    () => store.put(freshKey(), ONE),
    () => store.get(freshKey()),
    () => store.read(freshKey()),
    () => store.delete(freshKey()),
    () => store.write(freshKey(), 3, Readable.from([ONE])),
    () => store.list('').next(),
  ];
  for (const fault of ['hold the request', BUSY] as const) {
    proxy.rule = () => fault;
    await Promise.all(calls.map((call) => refusal(t, call)));
  }
});

test('s3 replies that break off', async (t) => {
  const { store, proxy } = await through(t, first(1, GET, 'cut the reply'));
  const key = freshKey();
  const body = randomBytes(1 << 20);
  await direct.put(key, body);
  t.true((await store.get(key))!.equals(body), 'asked for again');
  proxy.rule = first(1000, GET, 'cut the reply');
  t.regex(await refusal(t, () => store.get(key)), /of 1048576 bytes/);
  const stream = (await store.read(key))!;
  t.regex(await refusal(t, () => buffer(stream)), /of 1048576 bytes/);
});

test('s3 write: what is cut off is not seen, and a slow source is no fault', async (t) => {
  const { store, proxy } = await through(t, first(1, PUT, 'cut the request'));
  const key = freshKey();
  const body = randomBytes(1 << 20);
  await refusal(t, () => store.write(key, body.length, Readable.from([body])));
  t.is(await direct.get(key), undefined);
  proxy.rule = first(1, PUT, 'lose the reply');
  await refusal(t, () => store.write(key, body.length, Readable.from([body])));
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield body.subarray(0, 1000);
    await sleep(TIMEOUT_MS + 500);
    yield body.subarray(1000);
  }
  await store.write(key, body.length, slow());
  t.true((await direct.get(key))!.equals(body));
});

test('s3 errors say what to do', async (t) => {
  const stranger = new S3Store({ ...shared, credentials: { ...shared.credentials!, secretAccessKey: 'wrong' } });
  const nowhere = new S3Store({ ...shared, bucket: 'no-such-bucket' });
  t.teardown(() => Promise.all([stranger.close(), nowhere.close()]));
  t.regex(await refusal(t, () => stranger.create(freshKey(), ONE), 'NOPERM'), /credentials/);
  for (const call of [() => nowhere.get('k'), () => nowhere.create('k', ONE), () => nowhere.list('').next()]) {
    t.regex(await refusal(t, call), /Make the bucket/);
  }
  const { store, proxy } = await through(t, either(first(1, PUT, { status: 403, body: error('QuotaExceeded') })));
  t.regex(await refusal(t, () => store.put(freshKey(), ONE), 'OOM'), /quota/);
  proxy.rule = () => ({ status: 200, body: 'what?' });
  await refusal(t, () => store.list('').next());
});
