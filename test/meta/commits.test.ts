import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Meta } from '../../dist/meta/meta.js';
import { MemoryStore } from '../../dist/storage/memory-store.js';
import type { Creation, Store } from '../../dist/storage/store.js';
import { StandIn } from '../storage/stand-in.js';
import { overlay } from '../storage/overlay.js';
import { crc32c } from './crc32c.js';

const HOUR_MS = 3_600_000;
const open = (store: Store = new MemoryStore(), now = Date.now) => new Meta({ store, repository: 'r', crc32c, now });
const text = (value: string) => Buffer.from(value);
const values = (of: Record<string, string>) => new Map(Object.entries(of).map(([key, value]) => [key, text(value)]));
const valueOf = async (meta: Meta, key: string, version?: string) => (await meta.get(key, version))?.value.toString();

async function refusal(t: ExecutionContext, work: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  const error = await t.throwsAsync(work, { message });
  t.is((error as { code?: string }).code, code);
}

/** A commit whose process dies before the repository version is made. */
async function dieInCommit(store: MemoryStore, of: Record<string, string>, now = Date.now): Promise<void> {
  const dying = overlay(store, {
    create: (key: string, bytes: Uint8Array): Promise<Creation> =>
      key.includes('/metadata/repository/') ? Promise.reject(new Error('dead')) : store.create(key, bytes),
  });
  await open(dying, now)
    .commit(values(of))
    .catch(() => undefined);
}

/** Others do something before its first repository version is made. */
function interrupted(store: Store, others: () => Promise<unknown>): Meta {
  let isOver = false;
  const create = async (key: string, bytes: Uint8Array): Promise<Creation> => {
    if (key.includes('/metadata/repository/') && !isOver) {
      isOver = true;
      await others();
    }
    return store.create(key, bytes);
  };
  return open(overlay(store, { create }));
}

test('a store that fails at one key while others are still listed fails the commit, and nothing else', async (t) => {
  const store = new MemoryStore();
  for (const key of ['a', 'b']) await open(store).put(key, text('0'));
  const failing = overlay(store, {
    get: (key: string) => (key.includes('/metadata/a/') ? Promise.reject(new Error('away')) : store.get(key)),
    list: async function* (...given: Parameters<Store['list']>) {
      for await (const object of store.list(...given)) {
        yield object;
        // The failure comes to light while the next key is awaited.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  });
  const meta = open(failing);
  // A server ends at a rejection that nobody heeds.
  const unheeded = (error: unknown) => t.not((error as Error).message, 'away');
  process.on('unhandledRejection', unheeded);
  t.teardown(() => process.off('unhandledRejection', unheeded));
  await t.throwsAsync(meta.commit(values({ c: 'c0' })), { message: 'away' });
  await t.throwsAsync(meta.keys(), { message: 'away' });
});

test('a commit makes versions of its keys, and names those of all', async (t) => {
  const meta = open();
  await meta.put('a', text('a0'));
  await meta.put('c', text('c0'));
  const { version, keys } = await meta.commit(values({ b: 'b0', a: 'a1' }), { message: 'why\n"so"' });
  t.is(version, 0);
  t.deepEqual(
    [...keys],
    [
      ['a', 1],
      ['b', 0],
    ],
  );
  const repository = (await meta.repository())!;
  t.is(repository.message, 'why\n"so"');
  t.deepEqual(Object.fromEntries(repository.keys), { a: 1, b: 0, c: 0 });
  t.is(await valueOf(meta, 'a'), 'a1');
  t.is(await meta.put('a', text('a2')), 2);
  t.is((await meta.commit(values({ b: 'b1' }))).version, 1);
  t.deepEqual(Object.fromEntries((await meta.repository())!.keys), { a: 2, b: 1, c: 0 });
  t.deepEqual(Object.fromEntries((await meta.repository('00000000'))!.keys), { a: 1, b: 0, c: 0 });
  t.is(await meta.repository('00000009'), undefined);
  t.regex(
    (await valueOf(meta, 'repository'))!,
    /^datafabric repository 2\nmessage ""\n00000002 a\n00000001 b\n00000000 c\n$/,
  );
  t.deepEqual(await meta.keys(), ['a', 'b', 'c']);
});

test('a commit upon another repository version than the current one is refused', async (t) => {
  const store = new MemoryStore();
  const [one, other] = [open(store), open(store)];
  await one.commit(values({ a: '0' }));
  await one.commit(values({ a: '1' }), { condition: 0 });
  await refusal(
    t,
    other.commit(values({ a: '2' }), { condition: 0 }),
    'CONFLICT',
    /repository is at version 00000001, not at 00000000/,
  );
  t.is(await valueOf(other, 'a'), '1');
});

test('what a dead process began does not count, keeps nobody waiting for ever, and is found', async (t) => {
  const store = new MemoryStore();
  const meta = open(store);
  await meta.commit(values({ a: 'a0', b: 'b0' }));
  await dieInCommit(store, { a: 'half', c: 'half' });
  t.is(await valueOf(meta, 'a'), 'a0');
  t.is(await valueOf(open(store), 'c'), undefined);
  t.deepEqual(await meta.keys(), ['a', 'b']);
  const { orphans, cleaned } = await meta.check(true);
  t.deepEqual(
    orphans.map(({ key, version }) => [key, version]),
    [
      ['a', '00000001'],
      ['c', '00000000'],
    ],
  );
  t.is(cleaned, 0, 'it may be on its way');
  t.is(await meta.put('a', text('a2'), 0), 2, 'upon the version that counts');
  t.is(await valueOf(meta, 'a'), 'a2');
  t.is((await meta.repository())?.version, 0, 'ending the dead commit made none');
  const later = await meta.check(true);
  t.is(later.cleaned, 2);
  t.deepEqual((await meta.check(false)).orphans, []);
  t.is(await valueOf(meta, 'a'), 'a2');
  t.is((await meta.commit(values({ c: 'c' }), { condition: 0 })).keys.get('c'), 1);
});

test('an open commit is cleaned up once it is old, and can count no more', async (t) => {
  const store = new MemoryStore();
  const meta = open(store);
  await dieInCommit(store, { a: 'half' }, () => Date.now() - HOUR_MS - 1);
  t.is((await meta.check(false)).cleaned, 0);
  t.is((await meta.check(true)).cleaned, 1);
  t.deepEqual((await meta.check(true)).orphans, []);
  t.is((await meta.commit(values({ a: 'whole' }))).keys.get('a'), 1);
});

test('a slow commit that was ended begins anew', async (t) => {
  const store = new MemoryStore();
  const fast = open(store);
  const slow = interrupted(store, () => fast.put('a', text('between')));
  const { version, keys } = await slow.commit(values({ a: 'slow', b: 'slow' }));
  t.deepEqual([version, keys.get('a'), keys.get('b')], [1, 2, 1]);
  t.is(await valueOf(fast, 'a'), 'slow');
  t.is(await valueOf(fast, 'a', '00000001'), 'between');
  t.is(await valueOf(fast, 'a', '00000000'), undefined, 'of the attempt that was ended');
});

test('racing commits: one after the other, all keys together', async (t) => {
  const store = new MemoryStore();
  const metas = Array.from({ length: 4 }, () => open(store));
  await Promise.all(
    metas.map(async (meta, at) => {
      for (let turn = 0; turn < 10; turn++) await meta.commit(values({ a: `${at}.${turn}`, b: `${at}.${turn}` }));
    }),
  );
  const seen = new Set<string>();
  const newest = (await metas[0]!.repository())!.version;
  for (let version = 0; version <= newest; version++) {
    const name = version.toString(16).padStart(8, '0');
    const repository = await metas[0]!.repository(name);
    if (repository === undefined) continue;
    const [a, b] = ['a', 'b'].map((key) => repository.keys.get(key)!.toString(16).padStart(8, '0'));
    const [one, other] = [await valueOf(metas[1]!, 'a', a), await valueOf(metas[1]!, 'b', b)];
    t.is(one, other);
    seen.add(one!);
  }
  t.is(seen.size, 40);
});

test('readers never see half a commit', async (t) => {
  const store = new MemoryStore();
  const [writer, reader] = [open(store), open(store)];
  await writer.commit(values({ a: '0', b: '0' }));
  const writing = { done: false };
  const reading = (async () => {
    let looks = 0;
    while (!writing.done) {
      const before = Number(await valueOf(reader, 'a'));
      const after = Number(await valueOf(reader, 'b'));
      t.true(after >= before, `b is ${after} after a was ${before}`);
      looks++;
    }
    return looks;
  })();
  for (let turn = 1; turn <= 100; turn++) await writer.commit(values({ a: String(turn), b: String(turn) }));
  writing.done = true;
  t.true((await reading) > 0);
});

test('labels name repository versions, wherever a version is named', async (t) => {
  const meta = open();
  await refusal(t, meta.label('first'), 'NOTFOUND', /no repository version yet/);
  await meta.commit(values({ a: 'old' }));
  t.is(await meta.label('first'), 0);
  await meta.commit(values({ a: 'new' }));
  t.is(await meta.label('second', '00000001'), 1);
  t.is(await meta.label('again', 'first'), 0);
  t.deepEqual(Object.fromEntries(await meta.labels()), { first: 0, second: 1, again: 0 });
  t.is(await valueOf(meta, 'a', 'first'), 'old');
  t.is((await meta.repository('second'))?.keys.get('a'), 1);
  t.is(await meta.get('b', 'first'), undefined);
  await refusal(t, meta.label('x', '00000007'), 'NOTFOUND', /no repository version 00000007/);
  await refusal(t, meta.label('0000000a'), 'ERR', /is no label/);
  await refusal(t, meta.label('a b'), 'ERR', /is no label/);
});

test('compaction keeps what a repository version or a label needs', async (t) => {
  const meta = open();
  for (let turn = 0; turn < 5; turn++) await meta.put('a', text(`a${turn}`));
  await meta.commit(values({ b: 'b' }));
  for (let turn = 5; turn < 10; turn++) await meta.put('a', text(`a${turn}`));
  t.is(await meta.compact('a', 2), 7, 'of ten, two are kept and one is needed');
  t.is(await valueOf(meta, 'a', '00000004'), 'a4');
  t.is(await meta.get('a', '00000003'), undefined);
  t.deepEqual(
    (await meta.history('a', 10)).map(({ version }) => version),
    [9, 8, 4],
  );
  t.is(await meta.compact('a', 2), 0);
  t.is(await meta.put('a', text('a10')), 10);
  await meta.label('kept');
  await meta.commit(values({ a: 'a11' }));
  await meta.commit(values({ a: 'a12' }));
  t.is(await meta.compact('repository', 1), 1, 'the labelled one stays');
  t.is(await meta.compact('a', 1), 4);
  t.is(await valueOf(meta, 'a', 'kept'), 'a4');
  t.deepEqual((await meta.check(false)).damaged, []);
  t.is(await valueOf(meta, 'a'), 'a12');
});

test('one who slept through a compaction writes and reads no version twice', async (t) => {
  const store = new MemoryStore();
  const [sleeper, meta] = [open(store), open(store)];
  await sleeper.put('a', text('0'));
  for (let turn = 1; turn < 10; turn++) await meta.put('a', text(String(turn)));
  t.is(await meta.compact('a', 1), 9);
  t.is(await valueOf(sleeper, 'a'), '9');
  const another = open(store);
  t.is(await valueOf(another, 'a'), '9');
  t.is(await sleeper.put('a', text('10')), 10);
});

test('a commit on its way names no version that a compaction takes', async (t) => {
  const store = new MemoryStore();
  const meta = open(store);
  await meta.put('a', text('0'));
  const slow = interrupted(store, async () => {
    await meta.put('a', text('1'));
    t.is(await meta.compact('a', 1), 1);
  });
  await slow.commit(values({ b: 'b' }));
  t.is((await meta.repository())?.keys.get('a'), 1);
});

test('lost replies: one knows its own version; unknown is said to be unknown', async (t) => {
  let lose: 'all' | 'stored' | 'none' = 'none';
  const store = new StandIn(async (key, bytes, self) => {
    if (lose === 'none' || key.includes('/keys/')) return self.truly(key, bytes);
    if (lose === 'all') return 'unknown';
    await self.truly(key, bytes);
    return 'unknown';
  });
  const meta = open(store);
  lose = 'stored';
  t.is(await meta.put('a', text('0')), 0);
  t.is(await meta.put('a', text('1'), 0), 1);
  t.is((await meta.commit(values({ a: '2', b: '0' }))).version, 0);
  t.is(await valueOf(meta, 'b'), '0');
  lose = 'all';
  await refusal(t, meta.put('a', text('x')), 'ERR', /unknown whether version 00000003 was stored/);
  await refusal(t, meta.commit(values({ a: 'x' })), 'ERR', /unknown whether/);
  lose = 'none';
  t.is(await meta.put('a', text('3')), 3);
  t.deepEqual((await meta.check(true)).orphans, []);
});

test('what was said to be unknown may come later; cleaning up leaves it alone', async (t) => {
  const store = new MemoryStore();
  /** On their way: the store has taken them and not done them yet. */
  const coming: (() => Promise<unknown>)[] = [];
  const slow = open(
    overlay(store, {
      create: (key: string, bytes: Uint8Array): Promise<Creation> => {
        if (!/metadata\/(single|repository)\//.test(key)) return store.create(key, bytes);
        coming.push(() => store.create(key, bytes));
        return Promise.resolve('unknown');
      },
    }),
  );
  const others = open(store);
  await refusal(t, slow.put('single', text('late')), 'ERR', /unknown whether version 00000000 was stored/);
  await refusal(t, slow.commit(values({ a: 'late', b: 'late' })), 'ERR', /unknown whether version 00000000 was stored/);
  const { orphans, cleaned } = await others.check(true);
  t.deepEqual(
    orphans.map(({ key, what }) => [key, what.replace(/\d+ ms/, 'ms')]),
    [
      ['a', 'part of a commit that is open for ms'],
      ['b', 'part of a commit that is open for ms'],
    ],
  );
  t.is(cleaned, 0);
  for (const arrive of coming) await arrive();
  t.deepEqual((await others.check(true)).orphans, []);
  for (const key of ['single', 'a', 'b']) t.is(await valueOf(others, key), 'late');
  t.is((await others.repository())?.version, 0);
});
