import { once } from 'node:events';
import test from 'ava';
import { native } from '../../dist/native.js';
import { openSockets, pattern, readAll, readBytes } from '../support/sockets.js';

test('accept tells the number, the listener and the peer', async (t) => {
  const server = openSockets(t);
  const { listener, port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  const { rest } = await server.event('accept', connection);
  t.deepEqual(rest, [listener, `127.0.0.1:${socket.localPort}`]);
});

test('bytes come in order however they are split', async (t) => {
  const server = openSockets(t, { data: (connection, bytes) => void server.net.write(connection, bytes) });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  socket.setNoDelay(true);
  const sent = pattern(300);
  for (let i = 0; i < sent.length; i++) {
    socket.write(sent.subarray(i, i + 1));
    await server.receivedBytes(connection, i + 1);
  }
  t.deepEqual(await readBytes(socket, sent.length), sent);
  t.is(server.count('data', connection), sent.length);
});

test('data is the callee’s to keep', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  const sizes = [1, 7, 2048, 2049, 5000, 65_536, 200_000];
  const sent = sizes.map((bytes, i) => pattern(bytes, i + 1));
  let total = 0;
  for (const part of sent) {
    socket.write(part);
    await server.receivedBytes(connection, (total += part.length));
  }
  t.true(server.received(connection).equals(Buffer.concat(sent)));
  const longest = Math.max(
    ...server.events.filter(({ name }) => name === 'data').map(({ rest }) => (rest[0] as Buffer).length),
  );
  t.true(longest <= 65_536, `a turn took ${longest} bytes`);
  t.true(server.events.every(({ name, rest }) => name !== 'data' || Buffer.isBuffer(rest[0])));
});

test('200 connections at once get their own bytes back', async (t) => {
  const server = openSockets(t, {
    data: (connection, bytes) => void server.net.write(connection, bytes),
    end: (connection) => server.net.end(connection),
  });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const clients = [];
  for (let i = 0; i < 200; i++) clients.push(await server.client(port));
  t.is(new Set(clients.map(({ connection }) => connection)).size, 200);
  await Promise.all(
    clients.map(async ({ socket }, i) => {
      const sent = pattern(10_000 + i * 100, i + 1);
      const echoed = readAll(socket);
      socket.end(sent);
      t.true((await echoed).equals(sent));
    }),
  );
  await Promise.all(clients.map(({ connection }) => server.event('closed', connection)));
  t.is(server.count('closed'), 200);
});

test('microtasks and nextTicks of a callback run before its replies go out', async (t) => {
  const order: string[] = [];
  const server = openSockets(t, {
    data: (connection) => {
      process.nextTick(() => {
        order.push('tick');
        server.net.write(connection, Buffer.from('tick'));
      });
      void Promise.resolve().then(() => {
        order.push('microtask');
        server.net.write(connection, Buffer.from('microtask'));
      });
      server.net.write(connection, Buffer.from('sync'));
    },
  });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket } = await server.client(port);
  socket.write('x');
  const [first] = (await once(socket, 'data')) as [Buffer];
  t.is(first.toString(), `sync${order.join('')}`, 'one write carries them all');
  t.is(order.length, 2);
});

test('numbers are never used again, and calls on a closed connection do nothing', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const numbers: number[] = [];
  for (let i = 0; i < 3; i++) {
    const { connection } = await server.client(port);
    numbers.push(connection);
    server.net.destroy(connection);
    await server.event('closed', connection);
  }
  t.is(new Set(numbers).size, 3);
  for (const connection of [...numbers, 1_000_000]) {
    t.true(server.net.write(connection, Buffer.from('x')));
    t.is(server.net.pending(connection), 0);
    server.net.pause(connection);
    server.net.resume(connection);
    server.net.discard(connection, 5);
    server.net.end(connection);
    server.net.destroy(connection);
  }
  t.is(server.count('closed'), 3);
});

test('malformed arguments are ERR', (t) => {
  const server = openSockets(t);
  const wrong: (() => unknown)[] = [
    () => server.net.write(1, 'text' as unknown as Uint8Array),
    () => server.net.write(-1, Buffer.alloc(1)),
    () => server.net.write(1.5, Buffer.alloc(1)),
    () => server.net.discard(1, Number.NaN),
    () => server.net.listenTcp('127.0.0.1', 70_000),
    () => native.openNet({} as never, { highWaterBytes: 1, lowWaterBytes: 0 }),
    () => native.openNet({} as never, { highWaterBytes: 0, lowWaterBytes: 1 }),
  ];
  for (const call of wrong) t.throws(call, { code: 'ERR' });
});
