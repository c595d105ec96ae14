import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Meta } from '../../dist/meta/meta.js';
import { MemoryStore } from '../../dist/storage/memory-store.js';
import type { Store } from '../../dist/storage/store.js';
import { overlay } from '../storage/overlay.js';
import { crc32c } from './crc32c.js';

const open = (store: Store = new MemoryStore()) => new Meta({ store, repository: 'r', crc32c });
const text = (value: string) => Buffer.from(value);

async function shows(t: ExecutionContext, meta: Meta, key: string, version: number, value: string): Promise<void> {
  const found = await meta.get(key);
  t.deepEqual([found?.version, String(found?.value)], [version, value]);
}

async function refusal(t: ExecutionContext, work: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  const error = await t.throwsAsync(work, { message });
  t.is((error as { code?: string }).code, code);
}

test('each put makes the next version, and the older ones stay', async (t) => {
  const meta = open();
  t.is(await meta.get('doc'), undefined);
  t.is(await meta.put('doc', text('one')), 0);
  t.is(await meta.put('doc', text('two')), 1);
  await shows(t, meta, 'doc', 1, 'two');
  t.is(String((await meta.get('doc', '00000000'))?.value), 'one');
  t.is(await meta.get('doc', '00000002'), undefined);
  t.is(await meta.put('other', text('x')), 0, 'each key has versions of its own');
  t.deepEqual(await meta.keys(), ['doc', 'other']);
});

test('a version lies where the layout says', async (t) => {
  const store = new MemoryStore();
  await open(store).put('doc', text('value'));
  const bytes = (await store.get('r/metadata/doc/00000000/value'))!;
  t.is(bytes.toString('utf8', 64), 'value');
  t.is(bytes.toString('latin1', 0, 4), 'DFMR');
});

test('conditions: a version, or none', async (t) => {
  const meta = open();
  t.is(await meta.put('doc', text('one'), 'none'), 0);
  await refusal(t, meta.put('doc', text('x'), 'none'), 'CONFLICT', /doc is at version 00000000, none was to be there/);
  t.is(await meta.put('doc', text('two'), 0), 1);
  await refusal(t, meta.put('doc', text('x'), 0), 'CONFLICT', /doc is at version 00000001, not at 00000000/);
  await refusal(t, meta.put('doc', text('x'), 7), 'CONFLICT', /not at 00000007/);
  await refusal(t, meta.put('missing', text('x'), 0), 'CONFLICT', /missing has no version/);
  await shows(t, meta, 'doc', 1, 'two');
  t.deepEqual(await meta.keys(), ['doc'], 'what was refused left no key');
});

test('another on the same store sees each write at once, and is seen', async (t) => {
  const store = new MemoryStore();
  const [one, other] = [open(store), open(store)];
  for (let turn = 0; turn < 20; turn += 2) {
    t.is(await one.put('doc', text(`one ${turn}`)), turn);
    await shows(t, other, 'doc', turn, `one ${turn}`);
    t.is(await other.put('doc', text(`other ${turn}`)), turn + 1);
    await shows(t, one, 'doc', turn + 1, `other ${turn}`);
  }
  await one.put('doc', text('x'));
  await refusal(t, other.put('doc', text('y'), 19), 'CONFLICT', /at version 00000014/);
});

test('a newcomer finds the newest of many versions with few looks', async (t) => {
  const store = new MemoryStore();
  const meta = open(store);
  for (let at = 0; at < 1500; at++) await meta.put('doc', text(String(at)));
  let [looks, reads] = [0, 0];
  const counting = overlay(store, {
    has: (key: string) => (looks++, store.has(key)),
    get: (key: string) => (reads++, store.get(key)),
  });
  const newcomer = open(counting);
  await shows(t, newcomer, 'doc', 1499, '1499');
  t.true(looks < 100, `${looks} looks`);
  t.is(reads, 1, 'no value is read but the newest');
  [looks, reads] = [0, 0];
  await shows(t, newcomer, 'doc', 1499, '1499');
  t.deepEqual([looks, reads], [1, 0], 'then a look behind it each time');
  looks = 0;
  await Promise.all(Array.from({ length: 100 }, () => newcomer.get('doc')));
  t.true(looks <= 2, 'which those who ask at once share');
});

test('values at hand have a limit, however they grew', async (t) => {
  const store = new MemoryStore();
  const large = Buffer.alloc(24 << 20, 'x');
  let reads = 0;
  const meta = open(overlay(store, { get: (key: string) => (reads++, store.get(key)) }));
  const keys = ['a', 'b', 'c'];
  for (const key of keys) await meta.put(key, text('small'));
  for (const key of keys) await meta.put(key, large);
  reads = 0;
  await meta.get('c');
  await meta.get('b');
  t.is(reads, 0, 'two of them are at hand');
  t.true((await meta.get('a'))?.value.equals(large));
  t.is(reads, 1, 'the third was forgotten, and is read');
});

test('history, the newest first', async (t) => {
  const meta = open();
  for (const value of ['a', 'bb', 'ccc']) await meta.put('doc', text(value));
  const history = await meta.history('doc', 10);
  t.deepEqual(
    history.map(({ version, bytes, crc32c: sum }) => [version, bytes, sum]),
    [
      [2, 3, crc32c(text('ccc'))],
      [1, 2, crc32c(text('bb'))],
      [0, 1, crc32c(text('a'))],
    ],
  );
  t.is(new Set(history.map(({ writer }) => writer)).size, 3);
  t.true(history.every(({ timeMs, writer }) => Math.abs(Date.now() - timeMs!) < 60_000 && writer?.length === 32));
  t.is((await meta.history('doc', 2)).length, 2);
  t.deepEqual(await meta.history('none', 2), []);
});

test('what is no key is refused', async (t) => {
  const meta = open();
  for (const key of ['', 'a b', 'a/b', 'ä', 'a.b', 'a_b', '..', 'x'.repeat(201)]) {
    await refusal(t, meta.put(key, text('x')), 'ERR', /is no key/);
    await refusal(t, meta.get(key), 'ERR', /is no key/);
  }
  await refusal(t, meta.put('repository', text('x')), 'ERR', /by META.COMMIT only/);
  await refusal(t, meta.get('doc', 'no-label'), 'NOTFOUND', /there is no label no-label/);
});

test('empty values and bytes of every kind', async (t) => {
  const meta = open();
  const every = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  await meta.put('doc', Buffer.alloc(0));
  t.deepEqual((await meta.get('doc'))?.value, Buffer.alloc(0));
  await meta.put('doc', every);
  t.deepEqual((await open().get('doc'))?.value, undefined);
  t.deepEqual((await meta.get('doc'))?.value, every);
});

test('the last version is ffffffff', async (t) => {
  const store = new MemoryStore();
  const meta = open(store);
  await meta.put('doc', text('x'));
  // As though all between were there.
  const full = overlay(store, {
    has: () => Promise.resolve(true),
    get: (key: string) => store.get(key.replace(/[0-9a-f]{8}\/value$/, '00000000/value')),
    create: () => Promise.resolve('exists'),
  });
  await refusal(t, open(full).put('doc', text('y')), 'ERR', /used up its versions: ffffffff is the last/);
});
