import test from 'ava';
import { label, startFabric, throwsCode, type TestFabric } from '../support/fabric.js';

const fill = ({ fabric }: TestFabric, count: number) => {
  for (let i = 0; i < count; i++) void fabric.inserts.bytes(label(`v${i}`), Buffer.from('x'));
};

async function listAll({ fabric }: TestFabric, count: number, matches?: (name: Buffer) => boolean): Promise<string[]> {
  const names: string[] = [];
  let cursor = 0;
  do {
    const page = await fabric.list({ cursor, count, matches });
    for (const name of page.names) names.push(name.toString());
    cursor = page.cursor;
  } while (cursor !== 0);
  return names.sort();
}

const expected = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`).sort();

test('pages of any size list every name once', async (t) => {
  const f = await startFabric(t);
  fill(f, 5000);
  for (const count of [1, 10, 1000, 4000, 100_000]) t.deepEqual(await listAll(f, count), expected(5000), String(count));
});

test('a pattern leaves out what it refuses', async (t) => {
  const f = await startFabric(t);
  fill(f, 2000);
  t.deepEqual(await listAll(f, 100, (name) => name.toString() === 'v1234'), ['v1234']);
});

test('reservations and hidden variables are not listed', async (t) => {
  const f = await startFabric(t);
  f.fabric.reservations.reserve(label('reserved'), 10, { kind: 'connection', connection: 1 });
  f.store.insert(Buffer.from('hidden'), '', 'bytes', Buffer.from('x'), { hidden: true });
  void f.fabric.inserts.bytes(label('plain'), Buffer.from('x'));
  t.deepEqual(await listAll(f, 10), ['plain']);
  t.is(f.fabric.stats().variables, 1);
});

test('many names go in one request', async (t) => {
  const f = await startFabric(t);
  fill(f, 9001);
  const names = expected(9001).map((name) => Buffer.from(name));
  t.is(await f.fabric.readers.count([...names, ...names, Buffer.from('none')]), 18_002);
  t.is(await f.fabric.removals.remove([...names, Buffer.from('none')]), 9001);
  t.is(f.fabric.stats().variables, 0);
  t.is(f.fabric.counters.removed, 9001);
});

test('a name given twice goes once, and a bad one stops all', async (t) => {
  const f = await startFabric(t);
  fill(f, 2);
  const [a, b] = [Buffer.from('v0'), Buffer.from('v1')];
  throwsCode(t, 'ERR', () => f.fabric.removals.remove([a, b, Buffer.alloc(0)]));
  t.is(f.fabric.stats().variables, 2);
  t.is(await f.fabric.removals.remove([a, Buffer.from('default/v0'), b]), 2);
});

test('all go at once, in steps', async (t) => {
  const f = await startFabric(t);
  fill(f, 20_000);
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  await f.fabric.removals.removeAll();
  clearInterval(timer);
  t.is(f.fabric.stats().variables, 0);
  t.true(turns > 1);
  t.is(f.fabric.segments()[0]?.usedBytes, 0);
});
