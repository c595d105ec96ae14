import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { connect } from '../../dist/client/index.js';
import { startServer } from '../support/server.js';
import { otherProcess, pinsOf, setting, shared } from './setting.js';

test.before(() => shared.start());

test('what is aborted is gone, also at the end of a block', async (t) => {
  const { fabric } = await setting(t);
  const first = await fabric.reserve('aborted-x', '4 * int32');
  await first.abort();
  await first.abort();
  const second = await fabric.reserve('aborted-x', '4 * int32');
  await second[Symbol.asyncDispose]();
  t.is((await fabric.insert('aborted-x', new Int32Array(4))).length, 1);
  const open = await fabric.reserve('aborted-y', 'var * int32', { length: 12 });
  t.deepEqual([open.shape, open.array.byteLength], [[3], 12]);
  await open.seal();
  const replaced = await fabric.reserve<Int32Array>('aborted-y', '3 * int32', { replace: true });
  replaced.array.set([1, 2, 3]);
  await replaced.seal();
  const y = await fabric.attach('aborted-y');
  t.deepEqual(y.array, Int32Array.of(1, 2, 3));
  await y[Symbol.asyncDispose]();
  t.is(await pinsOf(fabric, 'aborted-y'), 0);
});

test('an attached variable outlives its name and the compaction around it', async (t) => {
  const { fabric } = await setting(t, { times: { quarantine_ms: '1ms', restart_grace_ms: '1ms' } });
  await fabric.insert('before', Buffer.alloc(1 << 20, 1));
  await fabric.insert('kept', Buffer.alloc(1 << 20, 2));
  const kept = await fabric.attach<Uint8Array>('kept');
  t.is(await fabric.delete('before', 'kept', 'neither'), 2);
  await t.throwsAsync(fabric.attach('kept'), { code: 'NOTFOUND', message: 'no variable "kept"' });
  await fabric.defrag();
  for (let i = 0; i < 20; i++) await fabric.insert(`after${i}`, Buffer.alloc(1 << 20, 3));
  t.true(kept.array.every((byte) => byte === 2));
  await kept.release();
  while ((await fabric.segments())[0]!.usedBytes > 20 << 20) await setImmediate();
  t.pass();
});

test('release with delete removes the variable, unless the name is another’s', async (t) => {
  const { fabric } = await setting(t);
  await fabric.insert('release-x', Buffer.from('one'));
  const one = await fabric.attach('release-x');
  await fabric.insert('release-x', Buffer.from('two'), { replace: true });
  const two = await fabric.attach('release-x');
  await one.release({ delete: true });
  t.is((await fabric.get('release-x'))?.toString(), 'two');
  await two.release({ delete: true });
  t.is(await fabric.get('release-x'), null);
});

test('leases are renewed, and end', async (t) => {
  const { fabric } = await setting(t);
  await fabric.insert('lease-x', Buffer.from('lease-x'));
  const attached = await fabric.attach('lease-x', { lease: 60_000 });
  await attached.renew(1);
  while ((await pinsOf(fabric, 'lease-x')) !== 0) await setImmediate();
  await t.throwsAsync(attached.renew(1), { code: 'NOTFOUND' });
  const reserved = await fabric.reserve('lease-y', '4 * int32', { lease: 60_000 });
  await reserved.seal();
});

test('the kernel ends what a killed process held', async (t) => {
  const { server, fabric } = await setting(t, { times: { pin_linger_ms: '1h', reserve_linger_ms: '1h' } });
  await fabric.insert('x', Buffer.from('x'));
  const { child } = await otherProcess(
    t,
    server,
    `await fabric.attach('x'); await fabric.reserve('y', '4 * int32'); console.log('held'); setInterval(() => {}, 1e6);`,
  );
  t.is(await pinsOf(fabric, 'x'), 1);
  await t.throwsAsync(fabric.insert('y', Buffer.from('y')), { code: 'EXISTS' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  while ((await pinsOf(fabric, 'x')) !== 0) await setImmediate();
  while ((await fabric.insert('y', Buffer.from('y')).catch(() => undefined)) === undefined) await setImmediate();
  t.is((await fabric.get('y'))?.toString(), 'y');
});

test('what was forgotten is given back by the garbage collector, what is in use is not', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { fabric } = await setting(t);
  await fabric.insert('gc-forgotten', Float64Array.of(1));
  await fabric.insert('gc-used', Float64Array.of(2));
  const arrayOf = async (name: string) => (await fabric.attach<Float64Array>(name)).array;
  const used = await arrayOf('gc-used');
  t.is((await arrayOf('gc-forgotten'))[0], 1);
  await fabric.reserve('gc-unsealed', '4 * int32');
  while ((await pinsOf(fabric, 'gc-forgotten')) !== 0) collect();
  while ((await fabric.insert('gc-unsealed', Buffer.from('gc-y')).catch(() => undefined)) === undefined) collect();
  t.is(await pinsOf(fabric, 'gc-used'), 1);
  t.is(used[0], 2);
  await fabric.close();
  t.is(used.length, 0);
});

test('close gives everything back and empties the views', async (t) => {
  const { server, fabric } = await setting(t);
  const other = await connect(server.url);
  await fabric.insert('close-x', Float64Array.of(1));
  const read = await other.attach<Float64Array>('close-x');
  const write = await other.reserve<Int32Array>('close-y', '4 * int32');
  const waiting = other.wait('close-never', 60_000);
  await Promise.all([other.close(), t.throwsAsync(waiting)]);
  await other.close();
  t.deepEqual([read.array.length, write.array.length], [0, 0]);
  t.is(await pinsOf(fabric, 'close-x'), 0);
  await fabric.insert('close-y', Float64Array.of(1));
  await t.throwsAsync(other.attach('close-x'));
});

test('views outlive the server, and are released at the next', async (t) => {
  const path = join(tmpdir(), `dftest-${randomBytes(6).toString('hex')}.sock`);
  const server = await startServer(t, { config: { listen: { unix_socket: path } } });
  // Killed, it leaves it.
  t.teardown(() => rmSync(path, { force: true }));
  const fabric = await connect({ path });
  t.teardown(() => fabric.close());
  await fabric.insert('x', Float64Array.of(1, 2, 3));
  const x = await fabric.attach<Float64Array>('x');
  const half = await fabric.reserve<Int32Array>('half', '2 * int32');
  half.array[0] = 5;
  await server.restart('SIGKILL');
  t.deepEqual(x.array, Float64Array.of(1, 2, 3));
  t.is(await pinsOf(fabric, 'x'), 1);
  await x.release();
  t.is(await pinsOf(fabric, 'x'), 0);
  half.array[1] = 6;
  await half.seal();
  t.deepEqual((await fabric.attach<Int32Array>('half')).array, Int32Array.of(5, 6));
});
