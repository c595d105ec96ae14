import test from 'ava';
import type { ExecutionContext } from 'ava';
import { FabricError } from '../../dist/errors.js';
import { Meta } from '../../dist/meta/meta.js';
import { HEADER_BYTES } from '../../dist/meta/record.js';
import { MemoryStore } from '../../dist/storage/memory-store.js';
import type { Store } from '../../dist/storage/store.js';
import { overlay } from '../storage/overlay.js';
import { crc32c } from './crc32c.js';

const open = (store: Store) => new Meta({ store, repository: 'r', crc32c });
const text = (value: string) => Buffer.from(value);
const objectOf = (version: number) => `r/metadata/doc/${version.toString(16).padStart(8, '0')}/value`;

async function three(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const meta = open(store);
  for (const value of ['zero', 'one', 'two']) await meta.put('doc', text(value));
  return store;
}

/** Every version but the damaged one is read, the damaged one is an error, and a next version can be put. */
async function isContained(t: ExecutionContext, store: MemoryStore, version: number, what: string): Promise<void> {
  const meta = open(store);
  const values = ['zero', 'one', 'two'];
  for (const [at, value] of values.entries()) {
    const reading = meta.get('doc', at.toString(16).padStart(8, '0'));
    if (at === version) await t.throwsAsync(reading, { message: /is damaged: .*Other versions can be read/ }, what);
    else t.is(String((await reading)?.value), value, what);
  }
  if (version === 2) await t.throwsAsync(meta.get('doc'), { message: /version 00000002 of doc is damaged/ }, what);
  const { damaged } = await meta.check(true);
  t.deepEqual(
    damaged.map((finding) => [finding.key, finding.version]),
    [['doc', version.toString(16).padStart(8, '0')]],
    what,
  );
  t.is((await meta.history('doc', 9)).length, 3, what);
  t.is(await meta.put('doc', text('next'), 2), 3, what);
  t.is(String((await open(store).get('doc'))?.value), 'next', what);
}

test('a flipped bit, wherever it is, is found, and hurts one version only', async (t) => {
  const whole = (await (await three()).get(objectOf(1)))!;
  for (let bit = 0; bit < 8 * whole.length; bit++) {
    const store = await three();
    const bytes = Buffer.from(whole);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    await store.put(objectOf(1), bytes);
    await isContained(t, store, 1, `bit ${bit}`);
  }
});

test('a version cut short or with bytes behind it is found', async (t) => {
  for (const version of [1, 2]) {
    const whole = (await (await three()).get(objectOf(version)))!;
    for (const bytes of [0, 1, HEADER_BYTES - 1, HEADER_BYTES, whole.length - 1]) {
      const store = await three();
      await store.put(objectOf(version), whole.subarray(0, bytes));
      await isContained(t, store, version, `${bytes} bytes`);
    }
    const store = await three();
    await store.put(objectOf(version), Buffer.concat([whole, text('x')]));
    await isContained(t, store, version, 'longer');
  }
});

test('a record in the place of another is found', async (t) => {
  const store = await three();
  await store.put(objectOf(1), (await store.get(objectOf(0)))!);
  await isContained(t, store, 1, 'of another version');
  await open(store).put('other', text('x'));
  const another = await three();
  await another.put(objectOf(0), (await store.get('r/metadata/other/00000000/value'))!);
  await isContained(t, another, 0, 'of another key');
});

test('a missing version and a stranger are reported, and left', async (t) => {
  const store = await three();
  await store.delete(objectOf(1));
  await store.put('r/metadata/doc/stranger', text('x'));
  const { damaged, orphans, cleaned } = await open(store).check(true);
  t.deepEqual(damaged, [{ key: 'doc', version: '00000001', what: 'it is missing' }]);
  t.deepEqual(
    orphans.map(({ key }) => key),
    ['metadata/doc/stranger'],
  );
  t.is(cleaned, 0);
  t.truthy(await store.get('r/metadata/doc/stranger'));
});

test('a store that is full or goes away is an error, and META goes on when it is back', async (t) => {
  const store = await three();
  let failure: FabricError | undefined;
  const fail = () => (failure === undefined ? Promise.resolve() : Promise.reject(failure));
  const meta = open(
    overlay(store, {
      create: async (key, bytes) => (await fail(), store.create(key, bytes)),
      has: async (key) => (await (failure?.code === 'OOM' ? undefined : fail()), store.has(key)),
      get: async (key, range) => (await (failure?.code === 'OOM' ? undefined : fail()), store.get(key, range)),
    }),
  );
  t.is(String((await meta.get('doc'))?.value), 'two');
  failure = new FabricError('OOM', 'the disk is full');
  await t.throwsAsync(meta.put('doc', text('x')), { message: 'the disk is full' });
  await t.throwsAsync(meta.commit(new Map([['doc', text('x')]])), { message: 'the disk is full' });
  t.is(String((await meta.get('doc'))?.value), 'two');
  failure = new FabricError('ERR', 'the store is away');
  await t.throwsAsync(meta.get('doc'), { message: 'the store is away' });
  await t.throwsAsync(meta.put('doc', text('x')), { message: 'the store is away' });
  failure = undefined;
  t.is(await meta.put('doc', text('three'), 2), 3);
  t.is(String((await meta.get('doc'))?.value), 'three');
});

test('a damaged repository version stops nobody', async (t) => {
  const store = new MemoryStore();
  const meta = open(store);
  await meta.commit(new Map([['doc', text('a')]]));
  await store.put('r/metadata/repository/00000000/value', text('torn'));
  const other = open(store);
  await t.throwsAsync(other.repository(), { message: /version 00000000 of repository is damaged/ });
  await t.throwsAsync(other.get('doc'), { message: /repository is damaged/ }, 'nobody knows whether it counts');
  t.is(await other.put('else', text('x')), 0);
});
