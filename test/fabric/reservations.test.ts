import { openSync, closeSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import test from 'ava';
import type { Reservation } from '../../dist/fabric/reservations.js';
import { native } from '../../dist/native.js';
import { bytesOf, label, MIB, rejectsCode, startFabric, throwsCode, until } from '../support/fabric.js';

const CONNECTION = { kind: 'connection', connection: 7 } as const;

/** Writes as a client of the same user does: into the object named in the reservation. */
function writeInPlace({ sharedId, offset }: Reservation, bytes: Buffer): void {
  const fd = openSync(`/dev/shm${sharedId}`, 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

test('written in place, then sealed', async (t) => {
  const f = await startFabric(t);
  const bytes = randomBytes(6400);
  const reservation = f.fabric.reservations.reserve(label('grid', '40 * 20 * float64'), undefined, CONNECTION);
  t.is(reservation.length, 6400);
  t.is(reservation.host.size, 4 * MIB);
  t.is(bytesOf(f, 'grid'), undefined);
  writeInPlace(reservation, bytes);
  const placements = await f.fabric.reservations.seal(reservation.xid);
  const { xid, sharedId, offset } = reservation;
  t.deepEqual(placements, [{ node: f.options.node, sharedId, offset, length: 6400, xid, generation: 1 }]);
  t.deepEqual(bytesOf(f, 'grid'), bytes);
  t.is(f.fabric.readers.information(Buffer.from('grid'))?.crc32c, native.crc32c(bytes));
});

test('a seal may be repeated, also while it is under way', async (t) => {
  const f = await startFabric(t);
  const { xid } = f.fabric.reservations.reserve(label('x'), MIB, CONNECTION);
  const both = await Promise.all([f.fabric.reservations.seal(xid), f.fabric.reservations.seal(xid)]);
  t.deepEqual(both[0], both[1]);
  t.deepEqual(await f.fabric.reservations.seal(xid), both[0]);
  t.is(f.fabric.counters.seals, 1);
});

test('the length is needed iff the type leaves it open', async (t) => {
  const f = await startFabric(t);
  const reserve = (type: string, length?: number) =>
    f.fabric.reservations.reserve(label('x', type), length, CONNECTION);
  t.regex(
    throwsCode(t, 'ERR', () => reserve('var * int32')),
    /LENGTH/,
  );
  t.regex(
    throwsCode(t, 'TYPE', () => reserve('var * int32', 6)),
    /4.*6/,
  );
  t.regex(
    throwsCode(t, 'TYPE', () => reserve('2 * int32', 12)),
    /8.*12/,
  );
  t.is(reserve('2 * int32', 8).length, 8);
});

test('an aborted reservation leaves its name free and its bytes exactly', async (t) => {
  const f = await startFabric(t);
  const { xid } = f.fabric.reservations.reserve(label('x'), MIB, CONNECTION);
  f.fabric.reservations.abort(xid);
  throwsCode(t, 'NOTFOUND', () => f.fabric.reservations.abort(xid));
  t.regex(await rejectsCode(t, 'NOTFOUND', f.fabric.reservations.seal(xid)), /RESERVE again/);
  void f.fabric.inserts.bytes(label('x'), Buffer.from('free'));
  t.is(f.fabric.stats().reservations, 0);
});

test('what is sealed, or being sealed, is not aborted', async (t) => {
  const f = await startFabric(t);
  const { xid } = f.fabric.reservations.reserve(label('x'), MIB, CONNECTION);
  const sealing = f.fabric.reservations.seal(xid);
  t.regex(
    throwsCode(t, 'INUSE', () => f.fabric.reservations.abort(xid)),
    /being sealed/,
  );
  await sealing;
  t.regex(
    throwsCode(t, 'INUSE', () => f.fabric.reservations.abort(xid)),
    /FABRIC\.DELETE/,
  );
});

test('REPLACE claims the name only at the seal', async (t) => {
  const f = await startFabric(t);
  void f.fabric.inserts.bytes(label('x'), Buffer.from('old'));
  const reservation = f.fabric.reservations.reserve(label('x', 'bytes', true), 3, CONNECTION);
  t.is(bytesOf(f, 'x')?.toString(), 'old');
  writeInPlace(reservation, Buffer.from('new'));
  await f.fabric.reservations.seal(reservation.xid);
  t.is(bytesOf(f, 'x')?.toString(), 'new');
  t.is(f.fabric.stats().variables, 1);
});

test('a reservation given up during its seal is not sealed', async (t) => {
  const f = await startFabric(t);
  const { xid } = f.fabric.reservations.reserve(label('x'), MIB, CONNECTION);
  const sealing = f.fabric.reservations.seal(xid);
  f.store.abort(f.store.findXid(xid)!);
  await rejectsCode(t, 'NOTFOUND', sealing);
  t.is(bytesOf(f, 'x'), undefined);
});

test('when its lease and the linger after it end, a reservation goes', async (t) => {
  const f = await startFabric(t, { lingerMs: 0 });
  const { xid } = f.fabric.reservations.reserve(label('x'), 100, { kind: 'lease', ms: 1 });
  await until(() => f.fabric.counters.expiredReservations === 1);
  await rejectsCode(t, 'NOTFOUND', f.fabric.reservations.seal(xid));
});

test('when its connection closed and the linger ended, a reservation goes', async (t) => {
  const f = await startFabric(t, { lingerMs: 0 });
  f.fabric.reservations.reserve(label('mine'), 100, CONNECTION);
  f.fabric.reservations.reserve(label('yours'), 100, { kind: 'connection', connection: 8 });
  f.fabric.disconnected(7);
  await until(() => f.fabric.counters.expiredReservations > 0);
  t.is(f.store.findClaim(Buffer.from('mine')), undefined);
  t.not(f.store.findClaim(Buffer.from('yours')), undefined);
});

test('leases and slots are bounded', async (t) => {
  const f = await startFabric(t, { limits: { leaseMsMax: 100 } });
  const reserve = (owner: Parameters<typeof f.fabric.reservations.reserve>[2]) =>
    f.fabric.reservations.reserve(label('x'), 1, owner);
  t.regex(
    throwsCode(t, 'ERR', () => reserve({ kind: 'lease', ms: 101 })),
    /1 to 100 ms.*lease_ms_max/,
  );
  t.regex(
    throwsCode(t, 'ERR', () => reserve({ kind: 'slot', slot: 16 })),
    /0 to 15/,
  );
  t.is(f.fabric.stats().reservations, 0);
});

test('a seal wakes who waits for the name', async (t) => {
  const f = await startFabric(t);
  const signal = new AbortController().signal;
  const found = f.fabric.readers.use(
    Buffer.from('default/x'),
    { ms: 0, signal },
    (entry) => f.store.describe(entry).xid,
  );
  t.is(f.fabric.waiting, 1);
  const { xid } = f.fabric.reservations.reserve(label('x'), 100, CONNECTION);
  t.is(f.fabric.waiting, 1);
  await f.fabric.reservations.seal(xid);
  t.is(await found, xid);
});
