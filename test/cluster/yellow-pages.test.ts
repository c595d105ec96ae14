import test from 'ava';
import { native, type YellowContent, type YellowPlacement } from '../../dist/native.js';
import { openStore } from '../support/store.js';

const X = Buffer.from('default/x');
const BINARY = Buffer.from([0, 255, 47, 10]);

const at = (node: string, more: Partial<YellowPlacement> = {}): YellowPlacement => ({
  node,
  sharedId: `/fabric.${node}.s0001`,
  offset: 128,
  generation: 1,
  ...more,
});

const content = (...placements: YellowPlacement[]): YellowContent => ({ length: 7, crc32c: 99, placements });

/** Takes steps until the cursor comes back to 0. */
function throughout(step: (cursor: number) => number): void {
  let cursor = 0;
  do cursor = step(cursor);
  while (cursor !== 0);
}

test('a claim becomes a sealed variable, which LOCATE finds', (t) => {
  const pages = native.openYellowPages();
  pages.claim(BINARY, 5, 'alpha', 2000, 1000);
  t.is(pages.locate(BINARY), undefined);
  t.deepEqual(pages.find(BINARY), {
    name: BINARY,
    state: 'CLAIMED',
    xid: 5,
    length: 0,
    crc32c: 0,
    replicas: 1,
    claim: { node: 'alpha', deadlineMs: 2000 },
    placements: [],
  });
  t.throws(() => pages.claim(BINARY, 6, 'beta', 3000, 1500), { code: 'EXISTS', message: /being written: xid=5/ });
  t.true(pages.renew(BINARY, 5, 4000, 1500));
  t.false(pages.renew(BINARY, 6, 4000, 1500));
  t.false(pages.commit(BINARY, 6, content(at('beta')), 1500));
  t.true(pages.commit(BINARY, 5, { ...content(at('alpha'), at('beta', { offset: 2 ** 40 })), replicas: 3 }, 3999));
  t.deepEqual(pages.locate(BINARY), {
    name: BINARY,
    state: 'SEALED',
    xid: 5,
    length: 7,
    crc32c: 99,
    replicas: 3,
    placements: [at('alpha'), at('beta', { offset: 2 ** 40 })],
  });
  t.throws(() => pages.claim(BINARY, 7, 'alpha', 9000, 4000), {
    code: 'EXISTS',
    message: /taken: xid=5 length=7 crc32c=99/,
  });
  t.deepEqual(pages.scan(0, 10), { cursor: 0, names: [BINARY] });
});

test('a claim lapses at its deadline, and can be given up before', (t) => {
  const pages = native.openYellowPages();
  pages.claim(X, 1, 'alpha', 2000, 1000);
  t.false(pages.renew(X, 1, 9000, 2000));
  t.false(pages.commit(X, 1, content(at('alpha')), 2000));
  pages.claim(X, 2, 'beta', 3000, 2000);
  t.true(pages.withdraw(X, 2));
  t.false(pages.withdraw(X, 2));
  pages.claim(X, 3, 'beta', 4000, 2000);
  throughout((cursor) => pages.lapse(cursor, 100, 3999));
  t.is(pages.stats().claims, 1);
  throughout((cursor) => pages.lapse(cursor, 100, 4000));
  t.is(pages.stats().claims, 0);
});

test('a replaced or deleted value is a tombstone until its holders have acknowledged', (t) => {
  const pages = native.openYellowPages();
  t.true(pages.replace(X, 1, content(at('alpha'), at('beta')), 0));
  t.false(pages.replace(X, 2, content(at('alpha')), 0, 9));
  t.true(pages.replace(X, 2, content(at('alpha')), 0, 1));
  t.is(pages.locate(X)?.xid, 2);
  t.is(pages.find(X, 1)?.state, 'REMOVED');
  t.is(pages.acknowledge(X, 1, 'alpha'), 1);
  t.is(pages.acknowledge(X, 1, 'alpha'), undefined);
  t.is(pages.acknowledge(X, 1, 'beta'), 0);
  t.is(pages.find(X, 1), undefined);
  t.false(pages.remove(X, 1));
  t.true(pages.remove(X, 2));
  t.is(pages.locate(X), undefined);
  t.throws(() => pages.claim(X, 2, 'alpha', 1, 0), { code: 'STALE' });
  t.false(pages.replace(X, 2, content(at('alpha')), 0));
  t.deepEqual(
    pages.scanUnpublished(0, 10).variables.map(({ name, xid, state }) => ({ name, xid, state })),
    [{ name: X, xid: 2, state: 'REMOVED' }],
  );
});

test('copies come, move and go', (t) => {
  const pages = native.openYellowPages();
  pages.replace(X, 1, content(at('alpha')), 0);
  t.true(pages.addPlacement(X, 1, at('beta')));
  t.true(pages.movePlacement(X, 1, at('beta', { generation: 3, sharedId: '/fabric.beta.s0002' })));
  t.false(pages.movePlacement(X, 1, at('beta', { generation: 2 })));
  t.false(pages.movePlacement(X, 1, at('gamma')));
  t.deepEqual(pages.locate(X)?.placements, [
    at('alpha'),
    at('beta', { generation: 3, sharedId: '/fabric.beta.s0002' }),
  ]);
  for (let i = 0; i < 6; i++) t.true(pages.addPlacement(X, 1, at(`n${i}`)));
  t.throws(() => pages.addPlacement(X, 1, at('ninth')), { code: 'ERR', message: /at most 8/ });
  t.throws(() => pages.addPlacement(X, 1, at('beta', { sharedId: '' })), { code: 'ERR' });
  t.is(pages.removePlacement(X, 1, 'alpha'), 7);
  t.is(pages.removePlacement(X, 1, 'alpha'), undefined);
  throughout((cursor) => pages.drop('beta', false, cursor, 10));
  t.is(pages.locate(X)?.placements.length, 6);
  for (let i = 5; i >= 0; i--) t.is(pages.removePlacement(X, 1, `n${i}`), i);
  t.is(pages.find(X), undefined);
});

test('inventories of two nodes make the yellow pages; duplicates are kept and can be published', async (t) => {
  const { store: alpha } = await openStore(t, 4 << 20);
  const { store: beta } = await openStore(t, 4 << 20);
  alpha.insert(Buffer.from('default/first'), '', 'bytes', Buffer.from('a'));
  for (let i = 0; i < 300; i++) alpha.insert(Buffer.from(`default/${i}`), '', 'bytes', Buffer.from(`payload ${i}`));
  alpha.insert(Buffer.from('default/hidden'), '', 'bytes', Buffer.from('h'), { hidden: true });
  beta.insert(Buffer.from('default/7'), '', 'bytes', Buffer.from('other'));
  const pages = native.openYellowPages();
  const conflicts: string[] = [];
  const node = (sharedId: string) => sharedId.split('.')[1]!;
  for (const store of [alpha, beta]) {
    const name = node(store.segments()[0]!.sharedId);
    pages.beginInventory(name);
    throughout((cursor) => {
      const { batch, next, records } = store.inventory(cursor, 2048);
      const taken = pages.takeInventory(name, batch);
      t.is(taken.next, next);
      t.is(taken.records, records);
      t.deepEqual([taken.refused, taken.removed], [[], []]);
      conflicts.push(...taken.conflicts.map((told) => told.name.toString()));
      return next;
    });
  }
  t.is(pages.stats().variables, 301);
  t.deepEqual(conflicts, ['default/7']);
  const entry = alpha.find(Buffer.from('default/42'))!;
  const { sharedId, offset, xid, generation } = alpha.locate(entry);
  const { crc32c, length } = alpha.describe(entry);
  t.deepEqual(pages.locate(Buffer.from('default/42')), {
    name: Buffer.from('default/42'),
    state: 'SEALED',
    xid,
    length,
    crc32c,
    replicas: 1,
    placements: [{ node: node(sharedId), sharedId, offset, generation }],
  });
  const [conflict] = pages.scanUnpublished(0, 10).variables;
  t.is(conflict?.state, 'CONFLICT');
  t.throws(() => pages.publish(conflict!.name, conflict!.xid), { code: 'EXISTS' });
  t.true(pages.remove(conflict!.name));
  t.true(pages.publish(conflict!.name, conflict!.xid));
  t.is(pages.locate(conflict!.name)?.length, 5);
  const [first, second] = pages.nodes();
  t.deepEqual([first?.variables, first?.tombstones, second?.variables, second?.bytes], [300, 1, 1, 5]);
});

test('what a node no longer tells is taken away; claims stay', async (t) => {
  const { store, sharedId } = await openStore(t, 4 << 20);
  const name = sharedId.split('.')[1]!;
  for (const variable of ['default/stays', 'default/goes'])
    store.insert(Buffer.from(variable), '', 'bytes', Buffer.from('p'));
  const pages = native.openYellowPages();
  const tell = () => {
    pages.beginInventory(name);
    pages.takeInventory(name, store.inventory(0, 32768).batch);
    throughout((cursor) => pages.drop(name, true, cursor, 10));
  };
  tell();
  t.is(pages.stats().variables, 2);
  pages.claim(X, 77, name, 2000, 1000);
  store.remove([Buffer.from('default/goes')]);
  tell();
  t.deepEqual(pages.scan(0, 10).names.map(String), ['default/stays']);
  t.is(pages.stats().claims, 1);
});

test('an inventory that is broken off, and another after it, take away what neither tells', async (t) => {
  const { store, sharedId } = await openStore(t, 4 << 20);
  const name = sharedId.split('.')[1]!;
  store.insert(X, '', 'bytes', Buffer.from('p'));
  const pages = native.openYellowPages();
  pages.beginInventory(name);
  pages.takeInventory(name, store.inventory(0, 32768).batch);
  store.remove([X]);
  for (const brokenOff of [true, true, true, false]) {
    t.is(pages.stats().variables, 1);
    pages.beginInventory(name);
    if (brokenOff) continue;
    pages.takeInventory(name, store.inventory(0, 32768).batch);
    throughout((cursor) => pages.drop(name, true, cursor, 10));
  }
  t.is(pages.stats().variables, 0);
});

test('a damaged batch is refused and changes nothing', async (t) => {
  const { store, sharedId } = await openStore(t, 4 << 20);
  store.insert(X, '', 'bytes', Buffer.from('p'));
  const name = sharedId.split('.')[1]!;
  const { batch } = store.inventory(0, 32768);
  const pages = native.openYellowPages();
  const flipped = Buffer.from(batch);
  flipped.writeUInt8(flipped.readUInt8(50) ^ 1, 50);
  t.throws(() => pages.takeInventory(name, flipped), { code: 'ERR', message: /damaged/ });
  t.throws(() => pages.takeInventory(name, batch.subarray(0, -1)), { code: 'ERR' });
  t.throws(() => pages.takeInventory('another', batch), { code: 'ERR', message: /another node/ });
  const later = Buffer.from(batch);
  later.writeUInt16LE(3, 4);
  t.throws(() => pages.takeInventory(name, later), { code: 'LAYOUT', message: /version 3/ });
  t.is(pages.stats().variables, 0);
});

test('arguments that are none are errors', (t) => {
  const pages = native.openYellowPages();
  const loose = pages as unknown as Record<string, (...values: unknown[]) => unknown>;
  const refused = { code: 'ERR' };
  t.throws(() => pages.replace(Buffer.alloc(513), 1, content(at('alpha')), 0), refused);
  t.throws(() => pages.replace(X, 0, content(at('alpha')), 0), refused);
  t.throws(() => pages.replace(X, 1, content(), 0), refused);
  t.throws(() => pages.replace(X, 1, content(at('alpha'), at('alpha')), 0), refused);
  t.throws(() => pages.replace(X, 1, content(at('no name')), 0), refused);
  t.throws(() => pages.replace(X, 1, content(at('alpha', { sharedId: 'no-slash' })), 0), refused);
  t.throws(() => pages.drop('alpha', false, 0, 0), refused);
  t.throws(() => pages.scan(2 ** 32, 1), refused);
  for (const method of ['locate', 'claim', 'commit', 'addPlacement', 'takeInventory'])
    t.throws(() => loose[method]?.call(pages, 'text'), refused);
  t.is(pages.stats().variables, 0);
});
