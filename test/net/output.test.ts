import test from 'ava';
import { openSockets, pattern, readAll, readBytes } from '../support/sockets.js';

const MARKS = { highWaterBytes: 1 << 20, lowWaterBytes: 1 << 16 };
const LARGE = pattern(64 << 20);

test('a slow reader gets large replies whole; write tells when to stop, drain when to go on', async (t) => {
  const server = openSockets(t, {}, MARKS);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  socket.pause();
  t.false(server.net.write(connection, LARGE));
  t.is(server.net.pending(connection), LARGE.length, 'nothing is sent inside the call');
  t.is(server.count('drain'), 0);
  t.true((await readBytes(socket, LARGE.length)).equals(LARGE));
  await server.event('drain', connection);
  t.true(server.net.pending(connection) <= MARKS.lowWaterBytes);
  t.true(server.net.write(connection, Buffer.from('small')));
  t.is((await readBytes(socket, 5)).toString(), 'small');
  t.is(server.count('drain'), 1);
});

test('a producer that follows drain never queues much more than the high-water mark', async (t) => {
  const piece = LARGE.subarray(0, 100_000);
  const count = 400;
  let written = 0;
  let most = 0;
  const produce = (connection: number) => {
    while (written < count) {
      written++;
      const more = server.net.write(connection, piece);
      most = Math.max(most, server.net.pending(connection));
      if (!more) return;
    }
    server.net.end(connection);
  };
  const server = openSockets(t, { accept: produce, drain: produce }, MARKS);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket } = await server.client(port);
  const received = await readAll(socket);
  t.is(received.length, count * piece.length);
  t.true(received.subarray(-piece.length).equals(piece));
  t.true(most <= MARKS.highWaterBytes + piece.length, `${most} bytes were queued`);
});

test('copied and referenced bytes keep their order', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  const sizes = [1, 20_000, 5, 999, 1000, 1001, 16_383, 16_384, 16_385, 3, 100_000, 0, 17];
  const parts = Array.from({ length: 20 }, () => sizes)
    .flat()
    .map((bytes, i) => pattern(bytes, i + 1));
  for (const part of parts) {
    const copied = Buffer.from(part);
    server.net.write(connection, copied);
    if (part.length < 16_384) copied.fill(0);
  }
  server.net.end(connection);
  t.true((await readAll(socket)).equals(Buffer.concat(parts)));
});

test('end sends what is queued, though input is left unread', async (t) => {
  const server = openSockets(t, {
    data: (connection) => {
      server.net.write(connection, LARGE.subarray(0, 3 << 20));
      server.net.end(connection);
    },
  });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  socket.write(LARGE.subarray(0, 8 << 20));
  t.true((await readAll(socket)).equals(LARGE.subarray(0, 3 << 20)));
  socket.end();
  await server.event('closed', connection);
  t.is(server.count('data', connection), 1, 'nothing is told after end');
});

test('a peer that never closes is let go after the linger', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  server.during(() => server.net.end(connection));
  t.is((await readAll(socket)).length, 0);
  t.is(server.count('closed'), 0);
  await server.event('closed', connection);
  t.is(server.eventsInCall, 0);
});

test('destroy drops what is queued; closed comes once, and later', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  server.net.write(connection, LARGE);
  server.during(() => server.net.destroy(connection));
  server.during(() => server.net.destroy(connection));
  t.is(server.net.pending(connection), 0);
  await server.event('closed', connection);
  t.is(server.eventsInCall, 0);
  t.is((await readAll(socket)).length, 0);
  t.is(server.count('closed'), 1);
});
