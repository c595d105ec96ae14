import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import type { Command } from 'ioredis';
import { connect, type FabricClient } from '../../dist/client/index.js';
import { startServer } from '../support/server.js';
import { pinsOf, setting } from './setting.js';

/** Nothing ends by itself within a test. */
const FOR_EVER = { times: { pin_linger_ms: '1h', reserve_linger_ms: '1h', restart_grace_ms: '1ms' } };

/** The connection breaks once the node has `done` the next such command, and before its reply is read. */
function loseReply({ redis }: FabricClient, name: string, done: () => Promise<boolean>): Promise<void> {
  const send = redis.sendCommand.bind(redis);
  return new Promise((resolve, reject) => {
    const breaking = async () => {
      while (!(await done())) await setImmediate();
      redis.stream.destroy();
    };
    redis.sendCommand = (command: Command, stream) => {
      const sent = send(command, stream);
      if (command.name.toUpperCase() !== name) return sent;
      redis.sendCommand = send;
      redis.stream.pause();
      breaking().then(resolve, reject);
      return sent;
    };
  });
}

const reservations = async ({ redis }: FabricClient) =>
  Number(/^reservations:(\d+)/m.exec(await redis.info('fabric'))?.[1]);

test('a reservation whose reply was lost is made again', async (t) => {
  const { server, fabric } = await setting(t, FOR_EVER);
  const other = await connect(server.url);
  t.teardown(() => other.close());
  const lost = loseReply(fabric, 'FABRIC.RESERVE', async () => (await reservations(other)) === 1);
  const [reservation] = await Promise.all([fabric.reserve<Int32Array>('x', '2 * int32'), lost]);
  t.is(await reservations(other), 1);
  reservation.array.set([1, 2]);
  await reservation.seal();
  t.deepEqual((await other.attach<Int32Array>('x')).array, Int32Array.of(1, 2));
});

test('another’s reservation is in the way as ever', async (t) => {
  const { server, fabric } = await setting(t, FOR_EVER);
  const other = await connect(server.url);
  t.teardown(() => other.close());
  await other.reserve('x', '2 * int32', { lease: 60_000 });
  const lost = loseReply(fabric, 'FABRIC.RESERVE', () => Promise.resolve(true));
  await t.throwsAsync(fabric.reserve('x', '2 * int32'), { code: 'EXISTS' });
  await lost;
});

test('a pin whose reply was lost ends with the one that was taken instead; others stay', async (t) => {
  const { server, fabric } = await setting(t, FOR_EVER);
  const other = await connect(server.url);
  t.teardown(() => other.close());
  await fabric.insert('x', Float64Array.of(1));
  await fabric.insert('y', Float64Array.of(2));
  const lost = loseReply(fabric, 'FABRIC.PTR', async () => (await pinsOf(other, 'x')) === 1);
  const [x] = await Promise.all([fabric.attach<Float64Array>('x'), lost]);
  t.is(await pinsOf(other, 'x'), 2);
  const y = await fabric.attach<Float64Array>('y');
  await x.release();
  while ((await pinsOf(other, 'x')) !== 0) await setImmediate();
  t.is(await pinsOf(other, 'y'), 1);
  t.deepEqual(y.array, Float64Array.of(2));
});

test('a seal whose reply was lost is sent again', async (t) => {
  const { server, fabric } = await setting(t, FOR_EVER);
  const other = await connect(server.url);
  t.teardown(() => other.close());
  const reservation = await fabric.reserve<Int32Array>('x', '2 * int32');
  reservation.array.set([1, 2]);
  const lost = loseReply(fabric, 'FABRIC.SEAL', async () => (await other.locate('x')) !== null);
  const [placements] = await Promise.all([reservation.seal(), lost]);
  t.deepEqual(placements, await other.locate('x'));
});

test('a reservation that was given up says so at its seal', async (t) => {
  const { fabric } = await setting(t, { times: { reserve_linger_ms: '1ms' } });
  const reservation = await fabric.reserve('x', '2 * int32', { lease: 1 });
  while ((await reservations(fabric)) !== 0) await setImmediate();
  await t.throwsAsync(reservation.seal(), { code: 'NOTFOUND', message: /RESERVE again/ });
});

test('a segment given back stays mapped, one that is read is not given back', async (t) => {
  const { fabric } = await setting(t, { times: { quarantine_ms: '1ms', restart_grace_ms: '1ms' } });
  await fabric.insert('x', Float64Array.of(1, 2));
  const [first] = await fabric.segments();
  await fabric.alloc(2);
  const held = await fabric.attach<Float64Array>('x');
  await t.throwsAsync(fabric.dealloc(first!, { move: true }), { code: 'INUSE', message: /pinned/ });
  await held.renew(1);
  while ((await pinsOf(fabric, 'x')) !== 0) await setImmediate();
  await fabric.dealloc(first!, { move: true });
  t.deepEqual(held.array, Float64Array.of(1, 2));
  const moved = await fabric.attach<Float64Array>('x');
  t.not(moved.generation, held.generation);
  t.deepEqual(moved.array, Float64Array.of(1, 2));
});

test('a client that closes while its server is away leaves nothing pinned', async (t) => {
  const server = await startServer(t, { config: FOR_EVER });
  const fabric = await connect(server.url);
  await fabric.insert('x', Float64Array.of(1));
  const held = await fabric.attach<Float64Array>('x');
  await server.kill('SIGKILL');
  await fabric.close();
  t.is(held.array.length, 0);
  await server.start();
  const next = await connect(server.url);
  t.teardown(() => next.close());
  while ((await pinsOf(next, 'x')) !== 0) await setImmediate();
  t.pass();
});
