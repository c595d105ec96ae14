import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { connect, FabricError, type FabricArray } from '../../dist/client/index.js';
import { native } from '../../dist/native.js';
import { startServer } from '../support/server.js';
import { otherProcess, pinsOf, setting, shared } from './setting.js';

test.before(() => shared.start());

test('a typed array comes back as it was, in place', async (t) => {
  const { fabric } = await setting(t);
  const written = Float64Array.from({ length: 6 }, (_, index) => index / 3);
  const [placement] = await fabric.insert('grid-grid', written, { shape: [2, 3], documentation: 'thirds' });
  const grid = await fabric.attach<Float64Array>('grid-grid');
  t.deepEqual(grid.array, written);
  t.deepEqual([grid.shape, grid.strides, grid.dtype, grid.type], [[2, 3], [24, 8], '<f8', '2 * 3 * float64']);
  t.false(grid.copied);
  t.is(grid.xid, placement!.xid);
  t.true(readFileSync('/proc/self/maps', 'latin1').includes(placement!.sharedId));
  t.like(await fabric.info('grid-grid'), {
    name: 'grid-grid',
    documentation: 'thirds',
    length: 48,
    state: 'SEALED',
    pins: 1,
  });
  await grid.release();
  await grid.release();
  t.is(grid.array.length, 0);
  t.is(grid.bytes.length, 0);
  t.is(await pinsOf(fabric, 'grid-grid'), 0);
});

const kinds: FabricArray[] = [
  Int8Array.of(-1, 2),
  Uint8Array.of(1, 255),
  Int16Array.of(-3, 4),
  Uint16Array.of(3, 65535),
  Int32Array.of(-5, 6),
  Uint32Array.of(5, 4294967295),
  Float32Array.of(0.5, -7),
  Float64Array.of(1 / 3, 8),
  BigInt64Array.of(-9n, 2n ** 62n),
  BigUint64Array.of(9n, 2n ** 63n),
];

for (const protocol of [2, 3] as const) {
  test(`arrays of every class, over RESP${protocol}`, async (t) => {
    const { server } = await setting(t);
    const fabric = await connect({ host: server.host, port: server.port, redis: { protocol } });
    t.teardown(() => fabric.close());
    const name = `class-${protocol}`;
    for (const written of kinds) {
      await fabric.insert(name, written, { replace: true });
      const read = await fabric.attach(name);
      t.deepEqual(read.array, written);
      await read.release();
    }
    t.like((await fabric.segments())[0], { node: server.node });
    t.like((await fabric.nodes())[0], { node: server.node, state: 'up' });
    t.true((await fabric.defrag()).largestFreeAfter > 0);
  });
}

test('the views of a payload of no bytes are empty', async (t) => {
  const { fabric } = await setting(t);
  await fabric.insert('empty-none', new Float64Array(0));
  const none = await fabric.attach<Float64Array>('empty-none');
  t.deepEqual([none.array.length, none.shape], [0, [0]]);
  await none.release();
});

test('what is reserved is written in place and read by another process', async (t) => {
  const { server, fabric } = await setting(t);
  const table = await fabric.reserve<DataView>('reserved-table', '1000 * {x: int32, y: float64}');
  const { array } = table;
  for (let row = 0; row < 1000; row++) {
    array.setInt32(row * 16, row, true);
    array.setFloat64(row * 16 + 8, row / 2, true);
  }
  t.is(await fabric.locate('reserved-table'), null);
  await t.throwsAsync(fabric.insert('reserved-table', Buffer.from('mine')), {
    instanceOf: FabricError,
    code: 'EXISTS',
  });
  const sealed = await table.seal();
  t.throws(() => array.byteLength, { instanceOf: TypeError });
  t.deepEqual(await table.seal(), sealed);
  const { output } = await otherProcess(
    t,
    server,
    `const { array, dtype, copied } = await fabric.attach('reserved-table');
     console.log(JSON.stringify([array.getInt32(999 * 16, true), array.getFloat64(999 * 16 + 8, true), dtype, copied]));
     await fabric.close();`,
  );
  t.deepEqual(JSON.parse(output), [999, 499.5, "[('x', '<i4'), ('', '|V4'), ('y', '<f8')]", false]);
});

test('large arrays by-pass the connection', async (t) => {
  const { fabric } = await setting(t);
  const large = randomBytes(5 << 20);
  await fabric.insert('large-large', large);
  t.is((await fabric.info('large-large'))?.crc32c, native.crc32c(large));
  t.true((await fabric.get('large-large'))?.equals(large));
  t.true((await fabric.get('large-large', { offset: 12345, length: 100 }))?.equals(large.subarray(12345, 12445)));
  await t.throwsAsync(fabric.insert('large-large', large), { code: 'EXISTS' });
  await t.throwsAsync(fabric.insert('large-wrong', large, { type: '5 * int8' }), { code: 'TYPE' });
  await fabric.insert('large-large', large.fill(1), { replace: true });
  t.is((await fabric.info('large-large'))?.crc32c, native.crc32c(large));
});

test('a file and a shared-memory object are read by the node', async (t) => {
  const source = `/dftest-source-${randomBytes(6).toString('hex')}`;
  const folder = fileURLToPath(new URL('../../', import.meta.url));
  const { fabric } = await setting(t, {
    security: { source_roots: [folder], shm_source_prefixes: ['/dftest-source'] },
  });
  await fabric.insert('file', { file: join(folder, 'package.json') });
  t.true((await fabric.get('file'))?.equals(readFileSync(join(folder, 'package.json'))));
  await fabric.insert('part', { file: join(folder, 'package.json'), offset: 4, length: 6 });
  t.is((await fabric.get('part'))?.toString(), '"name"');
  writeFileSync(`/dev/shm${source}`, Buffer.from(Int32Array.of(1, 2, 3, 4).buffer));
  t.teardown(() => unlinkSync(`/dev/shm${source}`));
  await fabric.insert('shm', { shm: source, offset: 4 }, { type: '2 * int32' });
  const shm = await fabric.attach('shm');
  t.deepEqual(shm.array, Int32Array.of(2, 3));
  await fabric.insert('rest', { shm: source, offset: 4 });
  t.is((await fabric.info('rest'))?.length, 12);
});

test('what a reader writes into its view is nobody else’s', async (t) => {
  const { fabric } = await setting(t);
  await fabric.insert('scribble-x', Int32Array.of(3, 1, 2));
  const [mine, other] = [await fabric.attach<Int32Array>('scribble-x'), await fabric.attach<Int32Array>('scribble-x')];
  t.is(await pinsOf(fabric, 'scribble-x'), 2);
  mine.array.sort();
  t.deepEqual(mine.array, Int32Array.of(1, 2, 3));
  t.deepEqual(other.array, Int32Array.of(3, 1, 2));
  t.deepEqual(await fabric.get('scribble-x'), Buffer.from(Int32Array.of(3, 1, 2).buffer));
});

test('a consumer waits for its producer and holds nobody up', async (t) => {
  const { fabric } = await setting(t);
  const consumer = fabric.attach<Int32Array>('wait-later', { wait: 60_000 });
  t.is(await fabric.wait('wait-never', 1), false);
  const reservation = await fabric.reserve<Int32Array>('wait-later', '2 * int32');
  reservation.array.set([7, 8]);
  await reservation.seal();
  t.deepEqual((await consumer).array, Int32Array.of(7, 8));
  t.is(await fabric.wait('wait-later', 1), true);
  await t.throwsAsync(fabric.attach('wait-never', { wait: 1 }), { code: 'NOTFOUND' });
});

test('names are listed by pattern, whatever their bytes', async (t) => {
  const { fabric } = await setting(t);
  const odd = Buffer.from([0xff, 0x00, 0x0a]);
  for (const name of ['list-a1', 'list-a2', 'list-b1', odd]) await fabric.insert(name, Buffer.from('list-x'));
  const names = [];
  for await (const name of fabric.list({ match: 'list-a*', count: 1 })) names.push(name);
  t.deepEqual(names.sort(), ['list-a1', 'list-a2']);
  const all = [];
  for await (const name of fabric.list({ binary: true })) all.push(name.toString('hex'));
  const own = all.filter(
    (name) => name === odd.toString('hex') || Buffer.from(name, 'hex').toString().startsWith('list-'),
  );
  t.deepEqual(
    own.sort(),
    [...['list-a1', 'list-a2', 'list-b1'].map((name) => Buffer.from(name).toString('hex')), odd.toString('hex')].sort(),
  );
  t.is(await fabric.delete(odd), 1);
  t.is(await fabric.delete(), 0);
});

test('segments come and go', async (t) => {
  const { server, fabric } = await setting(t, {});
  const [segment] = await fabric.alloc(2);
  t.is(segment!.node, server.node);
  t.is((await fabric.segments()).length, 2);
  await fabric.dealloc(segment!);
  t.is((await fabric.segments()).length, 1);
  await t.throwsAsync(fabric.dealloc(segment!), { code: 'NOTFOUND' });
  await t.throwsAsync(fabric.alloc(2, { node: 'nowhere' }), { code: 'NOTFOUND' });
});

test('without the shared memory, reading copies and reserving is refused', async (t) => {
  const { fabric } = await setting(t, {});
  const payload = randomBytes(3 << 20);
  const [placement] = await fabric.insert('x', payload);
  const path = `/dev/shm${placement!.sharedId}`;
  renameSync(path, `${path}-away`);
  t.teardown(() => renameSync(`${path}-away`, path));
  const check = async () => {
    const x = await fabric.attach<Uint8Array>('x');
    t.true(x.copied);
    t.true(payload.equals(x.array));
    await x.release();
    t.is(await pinsOf(fabric, 'x'), 0);
    await t.throwsAsync(fabric.reserve('y', '4 * int32'), { code: 'REMOTE', message: /insert the bytes instead$/ });
    await fabric.insert('y', payload);
    t.is((await fabric.info('y'))?.crc32c, native.crc32c(payload));
    await fabric.delete('y');
  };
  await check();
  // Another object of that name and size is not the one that is meant.
  writeFileSync(path, '');
  await check();
});

test('a wrong password, and no server, are told', async (t) => {
  const server = await startServer(t, { config: { security: { password: 'sesame' } } });
  await t.throwsAsync(connect({ port: server.port, password: 'wrong' }), { code: 'WRONGPASS' });
  const fabric = await connect({ port: server.port, password: 'sesame' });
  t.is((await fabric.nodes()).length, 1);
  await fabric.close();
  await t.throwsAsync(connect({ port: 1 }), { message: /ECONNREFUSED/ });
});
