import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import test from 'ava';
import type { Pointer } from '../../dist/fabric/pointers.js';
import { bytesOf, entryOf, label, startFabric, throwsCode, type TestFabric, until } from '../support/fabric.js';

const CONNECTION = { kind: 'connection', connection: 7 } as const;

const point = ({ fabric }: TestFabric, name: string): Pointer =>
  fabric.pointers.point(fabric.readers.find(Buffer.from(name))!, CONNECTION);

/** Reads as a client does. */
const read = ({ sharedId, offset, length }: Pointer) =>
  readFileSync(`/dev/shm${sharedId}`).subarray(offset, offset + length);

test('a pointer says where the bytes are and how to read them', async (t) => {
  const f = await startFabric(t);
  const bytes = randomBytes(6400);
  void f.fabric.inserts.bytes(label('grid', '40 * 20 * float64'), bytes);
  const pointer = point(f, 'grid');
  t.regex(pointer.pin, new RegExp(`^${f.options.node}:[0-9a-f]{16}$`));
  t.is(pointer.dtype, '<f8');
  t.deepEqual(pointer.shape, [40, 20]);
  t.deepEqual(pointer.strides, [160, 8]);
  t.deepEqual(read(pointer), bytes);
});

test('a record has a descr, an open dimension the size of the payload', async (t) => {
  const f = await startFabric(t);
  void f.fabric.inserts.bytes(label('table', 'var * {x: int32, y: float64}'), Buffer.alloc(48));
  const pointer = point(f, 'table');
  t.is(pointer.dtype, "[('x', '<i4'), ('', '|V4'), ('y', '<f8')]");
  t.deepEqual(pointer.shape, [3]);
  t.deepEqual(pointer.strides, [16]);
});

test('pinned bytes outlive their name, and return with the last pin', async (t) => {
  const f = await startFabric(t);
  const bytes = randomBytes(1000);
  void f.fabric.inserts.bytes(label('x'), bytes);
  const [first, second] = [point(f, 'x'), point(f, 'x')];
  t.is(f.fabric.removals.remove([Buffer.from('x')]), 1);
  t.is(bytesOf(f, 'x'), undefined);
  for (let i = 0; i < 50; i++) void f.fabric.inserts.bytes(label(`other${i}`), randomBytes(1000));
  t.deepEqual(read(first), bytes);
  t.is(f.fabric.pointers.release(first.pin, false), 1);
  t.is(f.fabric.pointers.release(second.pin, false), 0);
  t.is(f.fabric.stats().pins, 0);
});

test('what replaces a pinned variable leaves its bytes to the pin', async (t) => {
  const f = await startFabric(t);
  void f.fabric.inserts.bytes(label('x'), Buffer.from('old'));
  const pointer = point(f, 'x');
  void f.fabric.inserts.bytes(label('x', 'bytes', true), Buffer.from('new'));
  t.is(read(pointer).toString(), 'old');
  t.is(bytesOf(f, 'x')?.toString(), 'new');
});

test('RELEASE … DELETE removes the variable that was pinned, never one that came after', async (t) => {
  const f = await startFabric(t);
  void f.fabric.inserts.bytes(label('x'), Buffer.from('old'));
  const pointer = point(f, 'x');
  void f.fabric.inserts.bytes(label('x', 'bytes', true), Buffer.from('new'));
  t.is(f.fabric.pointers.release(pointer.pin, true), 0);
  t.is(bytesOf(f, 'x')?.toString(), 'new');
  t.is(f.fabric.pointers.release(point(f, 'x').pin, true), 0);
  t.is(bytesOf(f, 'x'), undefined);
});

test('a pin that is not there is NOTFOUND, what is no pin ERR', async (t) => {
  const f = await startFabric(t);
  void f.fabric.inserts.bytes(label('x'), Buffer.from('old'));
  const { pin } = point(f, 'x');
  void f.fabric.pointers.release(pin, false);
  t.regex(
    throwsCode(t, 'NOTFOUND', () => f.fabric.pointers.release(pin, false)),
    /FABRIC\.PTR/,
  );
  throwsCode(t, 'NOTFOUND', () => f.fabric.pointers.renew(pin, 10));
  throwsCode(t, 'NOTFOUND', () => f.fabric.pointers.release(`beta:${'0'.repeat(16)}`, false));
  for (const wrong of ['', 'x', `${f.options.node}:12`, `${f.options.node}:${'G'.repeat(16)}`]) {
    t.regex(
      throwsCode(t, 'ERR', () => f.fabric.pointers.release(wrong, false)),
      /16 hex digits/,
    );
  }
});

test('a renewed pin lives by its lease', async (t) => {
  const f = await startFabric(t);
  void f.fabric.inserts.bytes(label('x'), Buffer.from('old'));
  const { pin } = point(f, 'x');
  throwsCode(t, 'ERR', () => f.fabric.pointers.renew(pin, 60_001));
  f.fabric.pointers.renew(pin, 1);
  await until(() => f.fabric.counters.expiredPins > 0);
  throwsCode(t, 'NOTFOUND', () => f.fabric.pointers.release(pin, false));
});

test('a location is found again, or STALE, or nothing', async (t) => {
  const f = await startFabric(t);
  const entry = entryOf(f.fabric.inserts.bytes(label('x'), Buffer.from('here')));
  const { sharedId, offset, xid } = f.store.locate(entry);
  const { pointers, removals, inserts } = f.fabric;
  t.is(pointers.at(sharedId, offset, undefined), entry);
  t.is(pointers.at(sharedId, offset, xid), entry);
  t.is(pointers.at(sharedId, offset + 64, undefined), undefined);
  t.regex(
    throwsCode(t, 'STALE', () => pointers.at(sharedId, offset + 64, xid)),
    /FABRIC\.LOCATE/,
  );
  t.regex(
    throwsCode(t, 'STALE', () => pointers.at(sharedId, offset, xid + 1)),
    /another variable/,
  );
  throwsCode(t, 'NOTFOUND', () => pointers.at('/none', 0, undefined));
  void removals.remove([Buffer.from('x')]);
  t.is(pointers.at(sharedId, offset, undefined), undefined);
  void inserts.bytes(label('y'), Buffer.from('else'));
});

test('pins that run out are an error, not a leak', async (t) => {
  const f = await startFabric(t);
  const entry = entryOf(f.fabric.inserts.bytes(label('x'), Buffer.from('x')));
  const error = throwsCode(t, 'OOM', () => {
    for (let i = 0; i <= 10_000; i++) f.fabric.pointers.point(entry, CONNECTION);
  });
  t.regex(error, /pins/);
  t.is(f.fabric.stats().pins, 10_000);
});
