/** What becomes of calls when the network, the name node or a data node fails: told truthfully, and within the time limit. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { HdfsStore } from '../../dist/storage/hdfs-store.js';
import { either, FaultyProxy, first, type Fault, type Rule } from './faulty-proxy.js';
import { freshKey, ONE, refusal, inTime, TIMEOUT_MS } from './faults.js';
import { hdfsOptions } from './servers.js';

const RENAME = /op=RENAME/;
const REMOVE = /op=DELETE/;
/** Sent by the data node. */
const READ = /^GET \/~to.*op=OPEN/;
const FILL = /^PUT \/~to.*op=CREATE/;

const shared = hdfsOptions();
const direct = new HdfsStore(shared);
// The first calls of a Java server take seconds.
test.before(() => direct.put(freshKey(), ONE));
test.after.always(() => direct.close());

const exception = (status: number, name: string, message: string): Fault => ({
  status,
  body: JSON.stringify({ RemoteException: { exception: name, message } }),
});
const BUSY = exception(503, 'RetriableException', 'Server too busy');

async function through(t: ExecutionContext, rule?: Rule): Promise<{ store: HdfsStore; proxy: FaultyProxy }> {
  const proxy = await FaultyProxy.start(t, shared.endpoint);
  if (rule) proxy.rule = rule;
  const store = new HdfsStore({ ...shared, endpoint: proxy.endpoint, timeoutMs: TIMEOUT_MS });
  t.teardown(() => store.close());
  return { store, proxy };
}

const CREATES: readonly [string, Rule, 'created' | 'unknown' | 'error', isThere: boolean][] = [
  ["the rename's reply is lost", first(1, RENAME, 'lose the reply'), 'created', true],
  ["the rename's reply never comes", first(1, RENAME, 'hold the reply'), 'created', true],
  ['the rename never arrives', first(1, RENAME, 'hold the request'), 'error', false],
  ['a gateway gives up on the rename', first(1, RENAME, { status: 504, after: true }), 'created', true],
  ['the name node fails before the rename', first(1, RENAME, { status: 500 }), 'error', false],
  [
    'after the rename nothing is heard any more',
    either(first(1, RENAME, 'lose the reply'), first(1, REMOVE, 'hold the request')),
    'unknown',
    true,
  ],
  [
    'nothing is heard from the rename on, which never arrives',
    either(first(1, RENAME, 'hold the request'), first(1, REMOVE, 'lose the reply')),
    'unknown',
    false,
  ],
  ['the data node cuts it off', first(1, FILL, 'cut the request'), 'error', false],
  ["the data node's reply is lost", first(1, FILL, 'lose the reply'), 'error', false],
  ["the data node's reply never comes", first(1, FILL, 'hold the reply'), 'error', false],
];

for (const [title, rule, expected, isThere] of CREATES) {
  test.serial(`hdfs create when ${title}: ${expected}`, async (t) => {
    const { store } = await through(t, rule);
    const key = `${freshKey()}/value`;
    if (expected === 'error') await refusal(t, () => store.create(key, ONE));
    else t.is(await inTime(t, () => store.create(key, ONE)), expected);
    t.is((await direct.get(key)) !== undefined, isThere);
  });
}

test.serial('hdfs calls that may be repeated are', async (t) => {
  const { store, proxy } = await through(t);
  const key = freshKey();
  await store.put(key, ONE);
  for (const fault of [BUSY, 'lose the reply', { status: 502, body: '<html>' }] as const) {
    proxy.rule = first(2, /op=OPEN/, fault);
    t.is(String(await inTime(t, () => store.get(key))), 'one');
    proxy.rule = first(2, /op=LISTSTATUS_BATCH/, fault);
    for await (const object of store.list(key)) t.deepEqual(object, { key, bytes: 3 });
    proxy.rule = first(2, REMOVE, fault);
    await inTime(t, () => store.delete(key));
    t.is(await direct.get(key), undefined);
    proxy.rule = first(2, /op=MKDIRS/, fault);
    await store.put(key, ONE);
  }
});

test.serial('hdfs calls end within their time when the name node is silent or away', async (t) => {
  const { store, proxy } = await through(t);
  const nobody = new HdfsStore({ ...shared, endpoint: 'http://127.0.0.1:1', timeoutMs: TIMEOUT_MS });
  t.teardown(() => nobody.close());
  for (const fault of ['hold the request', BUSY] as const) {
    proxy.rule = () => fault;
    await Promise.all(calls(store).map((call) => refusal(t, call)));
  }
  await Promise.all(calls(nobody).map((call) => refusal(t, call)));
});

function calls(store: HdfsStore): readonly (() => Promise<unknown>)[] {
  return [
    () => store.put(freshKey(), ONE),
    () => store.create(freshKey(), ONE),
    () => store.get(freshKey()),
    () => store.read(freshKey()),
    () => store.delete(freshKey()),
    () => store.write(freshKey(), 3, Readable.from([ONE])),
    () => store.list('').next(),
  ];
}

test.serial('hdfs replies that break off', async (t) => {
  const { store, proxy } = await through(t, first(1, READ, 'cut the reply'));
  const key = freshKey();
  const body = randomBytes(1 << 20);
  await direct.put(key, body);
  t.true((await store.get(key))!.equals(body), 'asked for again');
  proxy.rule = first(1000, READ, 'cut the reply');
  t.regex(await refusal(t, () => store.get(key)), /of 1048576 bytes/);
  const stream = (await store.read(key))!;
  t.regex(await refusal(t, () => buffer(stream)), /of 1048576 bytes/);
});

test.serial('hdfs write: what is cut off is not seen, and leaves what was', async (t) => {
  const { store, proxy } = await through(t, first(1, FILL, 'cut the request'));
  const key = freshKey();
  const body = randomBytes(1 << 20);
  await direct.put(key, ONE);
  await refusal(t, () => store.write(key, body.length, Readable.from([body])));
  t.is(String(await direct.get(key)), 'one');
  proxy.rule = first(1, RENAME, 'lose the reply');
  await store.write(key, body.length, Readable.from([body]));
  t.true((await direct.get(key))!.equals(body));
});

test.serial('hdfs errors say what to do', async (t) => {
  const { store, proxy } = await through(t);
  const cases: readonly [Fault, string, RegExp][] = [
    [
      exception(403, 'StandbyException', 'Operation category READ is not supported in state standby'),
      'ERR',
      /standby: give/,
    ],
    [
      exception(403, 'SafeModeException', 'Cannot create file. Name node is in safe mode.'),
      'ERR',
      /wait until it has left/,
    ],
    [exception(403, 'NSQuotaExceededException', 'The NameSpace quota is exceeded'), 'OOM', /quota/],
    [
      exception(403, 'IOException', 'File /x could only be written to 0 of the 1 minReplication nodes.'),
      'OOM',
      /data nodes/,
    ],
    [exception(403, 'AccessControlException', 'Permission denied: user=nobody'), 'NOPERM', /user/],
    [{ status: 200, body: 'what?' }, 'ERR', /./],
  ];
  for (const [fault, code, says] of cases) {
    proxy.rule = () => fault;
    t.regex(await refusal(t, () => store.put(freshKey(), ONE), code), says);
    t.regex(await refusal(t, () => store.create(freshKey(), ONE), code), says);
  }
});

test.serial('hdfs: another user is refused by the real permissions', async (t) => {
  await direct.put(freshKey(), ONE);
  const stranger = new HdfsStore({ ...shared, user: 'stranger' });
  t.teardown(() => stranger.close());
  await refusal(t, () => stranger.create(freshKey(), ONE), 'NOPERM');
});

test.serial('hdfs: a real quota is an error that says so', async (t) => {
  const full = { ...shared, path: `${shared.path}-full` };
  const store = new HdfsStore(full);
  t.teardown(() => store.close());
  await store.put('there', ONE);
  const url = `${full.endpoint}/webhdfs/v1${full.path}?op=SETQUOTA&namespacequota=4&user.name=${full.user}`;
  const reply = await fetch(url, { method: 'PUT' });
  t.is(reply.status, 200, await reply.text());
  t.is(await store.create('last', ONE), 'created');
  t.regex(await refusal(t, () => store.create('more', ONE), 'OOM'), /quota/);
  t.regex(await refusal(t, () => store.put('more', ONE), 'OOM'), /quota/);
  t.is(String(await store.get('there')), 'one');
});
