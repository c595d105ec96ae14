import { randomBytes } from 'node:crypto';
import test from 'ava';
import { bytesOf, label, MIB, rejectsCode, startFabric, throwsCode, type TestFabric } from '../support/fabric.js';

const idle = () => new AbortController().signal;

/** Fills the segment with 64 variables of 64 KiB and removes every other one. */
function riddle({ fabric }: TestFabric): Map<string, Buffer> {
  const kept = new Map<string, Buffer>();
  for (let i = 0; i < 64; i++) {
    const bytes = randomBytes(64 << 10);
    void fabric.inserts.bytes(label(`v${i}`), bytes);
    if (i % 2 === 1) kept.set(`v${i}`, bytes);
  }
  void fabric.removals.remove(Array.from({ length: 32 }, (_, i) => Buffer.from(`v${2 * i}`)));
  return kept;
}

test('holes become one, and every byte stays right', async (t) => {
  const f = await startFabric(t);
  const kept = riddle(f);
  const report = await f.fabric.defrag.run(undefined, idle());
  t.is(report.largestFreeBefore, 64 << 10);
  t.true(report.largestFreeAfter >= 1.9 * MIB, String(report.largestFreeAfter));
  t.true(report.movedVariables > 0);
  t.is(report.movedBytes, report.movedVariables * (64 << 10));
  for (const [name, bytes] of kept) t.deepEqual(bytesOf(f, name), bytes, name);
  t.is(f.fabric.counters.movedBytes, report.movedBytes);
});

test('what is pinned stays, with its address', async (t) => {
  const f = await startFabric(t);
  riddle(f);
  const entry = f.fabric.readers.find(Buffer.from('v63'))!;
  const pointer = f.fabric.pointers.point(entry, { kind: 'connection', connection: 1 });
  const report = await f.fabric.defrag.run(f.sharedId, idle());
  t.is(report.pinnedBytes, 64 << 10);
  const now = f.store.locate(f.fabric.readers.find(Buffer.from('v63'))!);
  t.deepEqual([now.offset, now.generation], [pointer.offset, pointer.generation]);
});

test('where addresses were handed out it waits for the quarantine as long as that helps', async (t) => {
  const f = await startFabric(t, { quarantineMs: 150 });
  const kept = riddle(f);
  for (const name of kept.keys()) f.fabric.placements.of(f.fabric.readers.find(Buffer.from(name))!);
  const report = await f.fabric.defrag.run(undefined, idle());
  t.true(report.largestFreeAfter >= 1.9 * MIB, String(report.largestFreeAfter));
  for (const [name, bytes] of kept) t.deepEqual(bytesOf(f, name), bytes, name);
  const moved = [...kept.keys()].filter(
    (name) => f.store.locate(f.fabric.readers.find(Buffer.from(name))!).generation > 1,
  );
  t.true(moved.length > 0);
});

test('the event loop is never held', async (t) => {
  const f = await startFabric(t);
  riddle(f);
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  const report = await f.fabric.defrag.run(undefined, idle());
  clearInterval(timer);
  t.true(report.movedVariables > 1);
  t.true(turns > 0);
});

test('two requests run one after the other', async (t) => {
  const f = await startFabric(t);
  riddle(f);
  const [first, second] = await Promise.all([
    f.fabric.defrag.run(undefined, idle()),
    f.fabric.defrag.run(undefined, idle()),
  ]);
  t.true(first.movedVariables > 0);
  t.is(second.largestFreeBefore, first.largestFreeAfter);
});

test('it ends early when nobody waits for it', async (t) => {
  const f = await startFabric(t);
  riddle(f);
  const connection = new AbortController();
  connection.abort();
  t.is((await f.fabric.defrag.run(undefined, connection.signal)).movedVariables, 0);
});

test('an unknown segment is NOTFOUND', async (t) => {
  const f = await startFabric(t);
  t.regex(
    throwsCode(t, 'NOTFOUND', () => f.fabric.defrag.run('/none', idle())),
    /FABRIC\.SEGMENTS/,
  );
});

test('segments come and go', async (t) => {
  const f = await startFabric(t);
  const second = await f.fabric.alloc(3);
  t.is(f.fabric.segments().find((segment) => segment.sharedId === second)?.bytes, 4 * MIB);
  await f.fabric.dealloc(second, false);
  t.false(f.fabric.segments().some((segment) => segment.sharedId === second));
  t.not(await f.fabric.alloc(2), second);
  await rejectsCode(t, 'NOTFOUND', f.fabric.dealloc(second, false));
});

test('a segment with something in it is INUSE', async (t) => {
  const f = await startFabric(t);
  void f.fabric.inserts.bytes(label('x'), Buffer.from('x'));
  t.regex(await rejectsCode(t, 'INUSE', f.fabric.dealloc(f.sharedId, false)), /1 variable/);
  await f.fabric.removals.remove([Buffer.from('x')]);
  await f.fabric.dealloc(f.sharedId, false);
  t.is(f.fabric.segments().length, 0);
});

test('MOVE carries the variables elsewhere first', async (t) => {
  const f = await startFabric(t, { quarantineMs: 100 });
  const kept = riddle(f);
  f.fabric.placements.of(f.fabric.readers.find(Buffer.from('v1'))!);
  await f.fabric.alloc(4);
  await f.fabric.dealloc(f.sharedId, true);
  t.is(f.fabric.segments().length, 1);
  for (const [name, bytes] of kept) t.deepEqual(bytesOf(f, name), bytes, name);
});

test('MOVE without room elsewhere leaves all as it was', async (t) => {
  const f = await startFabric(t);
  const kept = riddle(f);
  await rejectsCode(t, 'OOM', f.fabric.dealloc(f.sharedId, true));
  for (const [name, bytes] of kept) t.deepEqual(bytesOf(f, name), bytes, name);
  void f.fabric.inserts.bytes(label('still-open'), Buffer.from('x'));
  t.is(bytesOf(f, 'still-open')?.toString(), 'x');
});
