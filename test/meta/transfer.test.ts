import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Meta } from '../../dist/meta/meta.js';
import { decodeHeader, encodeRecord, type Header } from '../../dist/meta/record.js';
import { MemoryStore } from '../../dist/storage/memory-store.js';
import { PosixStore } from '../../dist/storage/posix-store.js';
import type { Store } from '../../dist/storage/store.js';
import { overlay } from '../storage/overlay.js';
import { crc32c } from './crc32c.js';

const open = (store: Store = new MemoryStore(), repository = 'r') => new Meta({ store, repository, crc32c });
const text = (value: string) => Buffer.from(value);
const values = (of: Record<string, string>) => new Map(Object.entries(of).map(([key, value]) => [key, text(value)]));
const valueOf = async (meta: Meta, key: string, version?: string) => (await meta.get(key, version))?.value.toString();
/** Written by the program as it was in format 1. */
const FORMAT_1 = fileURLToPath(new URL('../../test/meta/format-1/', import.meta.url));
const hex = (version: number) => version.toString(16).padStart(8, '0');

/** All that can be seen of a repository. */
async function seen(meta: Meta): Promise<unknown> {
  const keys = await meta.keys();
  const histories = await Promise.all(keys.map((key) => meta.history(key, 1000)));
  const documents = await Promise.all(
    keys.map((key, at) => Promise.all(histories[at]!.map(({ version }) => valueOf(meta, key, hex(version))))),
  );
  const commits = (await meta.history('repository', 1000)).map(({ version }) => meta.repository(hex(version)));
  return { keys, histories, documents, commits: await Promise.all(commits), labels: await meta.labels() };
}

/** Puts and commits, some of them upon others, one that was ended, a label that was moved, and a compaction. */
async function lived(store = new MemoryStore()): Promise<Meta> {
  const meta = open(store);
  await meta.put('a', text('a0'));
  await meta.commit(values({ a: 'a1', b: 'b0' }), { message: 'first' });
  await meta.label('stable');
  await meta.put('a', text('a2'));
  await meta.put('lonely', text('x'));
  const dying = overlay(store, {
    create: (key: string, bytes: Uint8Array) =>
      key.includes('/metadata/repository/') ? Promise.reject(new Error('dead')) : store.create(key, bytes),
  });
  await open(dying)
    .commit(values({ b: 'half', d: 'half' }))
    .catch(() => undefined);
  await meta.put('b', text('b2'));
  await meta.commit(values({ a: 'a3', c: 'c0' }), { message: 'second' });
  await meta.label('newest');
  await meta.commit(values({ c: 'c1' }));
  await meta.put('c', text('c2'));
  await meta.compact('a', 1);
  return meta;
}

test('everything is brought once, and reads as it does where it comes from', async (t) => {
  const there = await lived();
  const here = open();
  const report = await here.bringFrom(there);
  t.deepEqual(report.conflicts, []);
  t.deepEqual([report.keys, report.repository, report.labels], [5, 4, 2]);
  t.deepEqual(await seen(here), await seen(there));
  t.deepEqual((await here.check(true)).damaged, []);
  t.like(await here.bringFrom(there), { versions: 0, bytes: 0, labels: 0, conflicts: [] });
  t.like(await there.bringFrom(here), { versions: 0, bytes: 0, labels: 0, conflicts: [] });
  await here.commit(values({ a: 'here' }), { condition: 3 });
  await here.label('stable');
  t.like(await there.bringFrom(here), { versions: 2, labels: 1, conflicts: [] });
  t.deepEqual(await seen(there), await seen(here));
});

test('keys that diverged are reported with their first difference, and left alone', async (t) => {
  const [there, here] = [open(), open(new MemoryStore(), 'another')];
  for (const key of ['same', 'both', 'theirs']) await there.put(key, text('0'));
  t.like(await here.bringFrom(there), { versions: 3, conflicts: [] });
  await there.put('both', text('1 there'));
  await there.put('both', text('2 there'));
  await here.put('both', text('1 here'));
  await there.put('theirs', text('1'));
  await here.put('mine', text('0'));
  const report = await here.bringFrom(there);
  t.deepEqual(report.conflicts, [
    { key: 'both', from: 2, to: 1, first: 1, what: 'both sides have a version of their own' },
  ]);
  t.is(report.versions, 1);
  t.is(await valueOf(here, 'both'), '1 here');
  t.is(await valueOf(here, 'theirs'), '1');
  t.is(await valueOf(here, 'mine'), '0');
  t.is(await valueOf(there, 'mine'), undefined);
});

test('the first difference is found far behind', async (t) => {
  const [there, here] = [open(), open()];
  for (let at = 0; at < 100; at++) await there.put('doc', text(`common ${at}`));
  await here.bringFrom(there);
  for (let at = 0; at < 300; at++) await Promise.all([there.put('doc', text('x')), here.put('doc', text('x'))]);
  const { conflicts } = await here.bringFrom(there);
  t.like(conflicts[0], { key: 'doc', from: 399, to: 399, first: 100 });
});

test('a repository version that names a key which diverged is not brought, nor what it is part of', async (t) => {
  const [there, here] = [open(), open()];
  await there.commit(values({ a: '0', b: '0', c: '0' }));
  await here.bringFrom(there);
  await there.put('free', text('0'));
  await there.put('a', text('1 there'));
  await here.put('a', text('1 here'));
  await there.commit(values({ b: '1', c: '1' }));
  await there.label('new');
  await there.put('b', text('2'));
  const report = await here.bringFrom(there);
  t.deepEqual(report.conflicts.map(({ key, first }) => [key, first]).sort(), [
    ['a', 1],
    ['b', 1],
    ['c', 1],
    ['label new', 1],
    ['repository', 1],
  ]);
  t.is(report.repository, 0);
  t.is(await valueOf(here, 'b'), '0');
  t.is(await valueOf(here, 'free'), '0');
  t.is((await here.repository())?.version, 0);
  t.is(await here.put('b', text('mine')), 1, 'and keeps nobody waiting');
});

test('both sides have commits of their own', async (t) => {
  const [there, here] = [open(), open()];
  await there.commit(values({ a: '0' }));
  await here.bringFrom(there);
  await there.commit(values({ b: 'there' }));
  await here.commit(values({ c: 'here' }));
  await there.put('plain', text('x'));
  const report = await here.bringFrom(there);
  t.deepEqual(
    report.conflicts.map(({ key, from, to, first }) => [key, from, to, first]),
    [
      ['repository', 1, 1, 1],
      ['b', 0, undefined, 0],
    ],
  );
  t.is(await valueOf(here, 'b'), undefined);
  t.is(await valueOf(here, 'plain'), 'x');
  t.is(await valueOf(here, 'c'), 'here');
});

test('labels: those moved on one side follow, those moved on both are conflicts', async (t) => {
  const [there, here] = [open(), open()];
  for (const turn of ['0', '1', '2']) await there.commit(values({ a: turn }));
  await there.label('one', '00000000');
  await there.label('both', '00000000');
  await here.bringFrom(there);
  await there.label('one', '00000001');
  await there.label('both', '00000001');
  await here.label('both', '00000002');
  const report = await here.bringFrom(there);
  t.deepEqual(report.conflicts, [{ key: 'label both', from: 1, to: 2, first: 1, what: 'both sides have moved it' }]);
  t.deepEqual(Object.fromEntries(await here.labels()), { both: 2, one: 1 });
});

test('a commit on its way where it comes from is left for another time', async (t) => {
  const store = new MemoryStore();
  const there = open(store);
  const here = open();
  await there.commit(values({ a: '0' }));
  let during: Promise<unknown> | undefined;
  const slow = overlay(store, {
    create: async (key: string, bytes: Uint8Array) => {
      if (key.includes('/metadata/repository/')) {
        const report = here.bringFrom(open(store));
        during ??= report;
        await report;
      }
      return store.create(key, bytes);
    },
  });
  await open(slow).commit(values({ a: '1', b: '1' }));
  t.like(await during, { versions: 2, repository: 0, conflicts: [] });
  t.is(await valueOf(here, 'a'), '0');
  t.is(await valueOf(here, 'b'), undefined);
  t.like(await here.bringFrom(there), { versions: 3, repository: 1, conflicts: [] });
  t.is(await valueOf(here, 'a'), '1');
});

test('ended at every step, nothing is half there, and a repetition completes it', async (t) => {
  const there = await lived();
  const commits = (await there.history('repository', 100)).map(({ version }) => version);
  let step = 0;
  for (let ended = true; ended; step++) {
    const store = new MemoryStore();
    let left = step;
    const dying = overlay(store, {
      create: (key: string, bytes: Uint8Array) =>
        left-- > 0 ? store.create(key, bytes) : Promise.reject(new Error('ended')),
    });
    ended = await open(dying)
      .bringFrom(there)
      .then(
        () => false,
        () => true,
      );
    const here = open(store);
    for (const version of commits) {
      const repository = await here.repository(hex(version));
      if (repository === undefined) continue;
      for (const [key, named] of repository.keys) {
        t.is(await valueOf(here, key, hex(named)), await valueOf(there, key, hex(named)), `step ${step}: ${key}`);
      }
    }
    const b = await valueOf(here, 'b');
    t.true(
      b === undefined || (await here.repository()) !== undefined,
      'a commit counts with its repository version only',
    );
    t.deepEqual((await here.bringFrom(there)).conflicts, []);
    t.deepEqual(await seen(here), await seen(there), `step ${step}`);
  }
  t.true(step >= 25, `${step} steps`);
});

test('a writer on the other side meanwhile is not overwritten', async (t) => {
  const there = await lived();
  const store = new MemoryStore();
  let raced = false;
  const racing = overlay(store, {
    create: async (key: string, bytes: Uint8Array) => {
      if (key.includes('/metadata/lonely/') && !raced) {
        raced = true;
        await open(store).put('lonely', text('mine'));
      }
      return store.create(key, bytes);
    },
  });
  const { conflicts } = await open(racing).bringFrom(there);
  t.deepEqual(conflicts.map(({ key }) => key).sort(), ['a', 'c', 'label newest', 'lonely', 'repository']);
  t.is(await valueOf(open(store), 'lonely'), 'mine');
  t.is((await open(store).repository())?.version, 0);
});

test("two who bring the same at once are in no one's way", async (t) => {
  const there = await lived();
  const here = open();
  const reports = await Promise.all([here.bringFrom(there), here.bringFrom(there)]);
  t.deepEqual(
    reports.map(({ conflicts, repository }) => [conflicts, repository]),
    [
      [[], 4],
      [[], 4],
    ],
  );
  t.deepEqual(await seen(here), await seen(there));
});

test('a repository of an older format is brought and upgraded, and both sides stay one line', async (t) => {
  const there = open(await PosixStore.open(FORMAT_1), 'main');
  const here = open();
  t.like(await here.bringFrom(there), { versions: 5, labels: 1, repository: 0, conflicts: [] });
  t.is(await valueOf(here, 'store'), 'datafabric store 2\nvariable "climate/2024"\nvariable "climate/2023"\n');
  t.is(await valueOf(here, 'store', 'first'), 'datafabric store 1\nclimate/2024\nclimate/2023\n');
  t.like(await here.repository(), { version: 1, message: 'upgrade to format 2' });
  const copy = open();
  await copy.bringFrom(here);
  t.deepEqual(await seen(copy), await seen(here));
});

test('what a newer program has written is refused, in both directions, before anything is brought', async (t) => {
  const store = new MemoryStore();
  await open(store).commit(values({ a: '0' }));
  const header = decodeHeader(
    (await store.get('r/metadata/repository/00000000/value'))!,
    0,
    'metadata/repository',
    crc32c,
  ) as Header;
  const newer = encodeRecord(
    { ...header, version: 1 },
    text('datafabric repository 3\nwhatever\n'),
    'metadata/repository',
    crc32c,
  );
  await store.put('r/metadata/repository/00000001/value', newer);
  const here = open();
  await here.put('b', text('b'));
  const refusal = { code: 'LAYOUT', message: /repository is of format 3/ };
  await t.throwsAsync(here.bringFrom(open(store)), refusal);
  await t.throwsAsync(open(store).bringFrom(here), refusal);
  t.deepEqual(await here.keys(), ['b']);
  t.deepEqual(await open(store).keys(), ['a']);
});

test('a reserved key whose newest version is no document of it is left alone; what is before is history', async (t) => {
  const store = new MemoryStore();
  const there = open(store);
  const right = 'datafabric store 2\nvariable "a"\n';
  const write = (version: number, value: string) => {
    const header = { flags: 0, writer: `${version}`.repeat(32), timeMs: 1, version, repository: 0 };
    const record = encodeRecord(header, text(value), 'metadata/store', crc32c);
    return store.put(`r/metadata/store/${hex(version)}/value`, record);
  };
  await there.commit(values({ store: right, other: 'x' }));
  await write(1, 'a, b and c\n');
  const here = open();
  const first = 0;
  t.like(await here.bringFrom(open(store)), {
    repository: undefined,
    conflicts: [
      {
        key: 'store',
        from: 1,
        to: undefined,
        first,
        what: 'of version 00000001: it is no store: it does not begin with the number of a format',
      },
      { key: 'repository', first, what: 'it names version 00000000 of store, which diverged' },
      { key: 'other', first },
    ],
  });
  t.deepEqual(await here.keys(), []);
  await write(2, 'datafabric store 3\n');
  t.like((await here.bringFrom(open(store))).conflicts[0], {
    key: 'store',
    what: 'of version 00000002: its format is 3, and this datafabric knows up to 2',
  });
  await write(3, right);
  t.like(await here.bringFrom(open(store)), { repository: 0, conflicts: [] });
  t.is(await valueOf(here, 'store', hex(1)), 'a, b and c\n');
  t.is(await valueOf(here, 'store'), right);
});

test('a damaged version stops its key, and is told', async (t) => {
  const store = new MemoryStore();
  const there = open(store);
  for (const value of ['0', '1', '2']) await there.put('doc', text(value));
  await there.put('other', text('x'));
  await store.put('r/metadata/doc/00000001/value', text('torn'));
  const here = open();
  const { conflicts } = await here.bringFrom(open(store));
  t.like(conflicts, [{ key: 'doc', from: 2, to: 0, first: 1, what: 'it ends after 4 bytes, within its header' }]);
  t.is(await valueOf(here, 'doc'), '0');
  t.is(await valueOf(here, 'other'), 'x');
});

test('a long history keeps nobody waiting, even where nothing takes time', async (t) => {
  const there = open();
  for (let at = 0; at < 20_000; at++) await there.put(`k${at % 4}`, Buffer.alloc(1000, at));
  const turns: number[] = [];
  let [since, on] = [performance.now(), true];
  const probe = () => {
    turns.push(performance.now() - since);
    since = performance.now();
    if (on) setImmediate(probe);
  };
  setImmediate(probe);
  let progress = 0;
  const begun = performance.now();
  const report = await open().bringFrom(there, () => progress++);
  const ms = performance.now() - begun;
  on = false;
  t.is(report.versions, 20_000);
  t.true(progress >= 20_000);
  turns.sort((one, other) => one - other);
  t.log(
    `${ms.toFixed(0)} ms in ${turns.length} turns of the event loop, the median ${turns[turns.length >> 1]!.toFixed(2)} ms`,
  );
  t.true(turns.length > ms / 10);
});
