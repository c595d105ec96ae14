import { truncateSync } from 'node:fs';
import test from 'ava';
import { native } from '../../dist/native.js';
import { openSockets, pattern, readAll, readBytes } from '../support/sockets.js';
import { openStore } from '../support/store.js';

const SEGMENT_BYTES = 32 << 20;
const PAYLOAD = pattern(20 << 20);
const reservation = (length: number, name = 'bulk') => ({
  name: Buffer.from(name),
  documentation: '',
  type: 'bytes',
  length,
});

test('a bulk goes into the reservation; what follows it comes as data', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const entry = store.reserve(reservation(PAYLOAD.length));
  let header = 0;
  const server = openSockets(t, {
    data: (connection, bytes) => {
      if (header > 0) return;
      header = bytes.length;
      store.write(entry, 0, bytes);
      server.net.sink(connection, store, entry, header, PAYLOAD.length - header, native.crc32c(bytes));
    },
  });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  socket.write(PAYLOAD);
  socket.write('what follows');
  const { rest } = await server.event('sunk', connection);
  t.is(rest[0], native.crc32c(PAYLOAD));
  store.seal(entry, native.crc32c(PAYLOAD));
  t.true(store.read(entry, 0, PAYLOAD.length).equals(PAYLOAD));
  t.is((await server.receivedBytes(connection, header + 12)).subarray(header).toString(), 'what follows');
});

test('bulks of many connections are served side by side, and small requests between them', async (t) => {
  const length = 1 << 20;
  const count = 16;
  const { store } = await openStore(t, SEGMENT_BYTES);
  const server = openSockets(t, { data: (connection, bytes) => void server.net.write(connection, bytes) });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const small = await server.client(port);
  const bulks = [];
  for (let i = 0; i < count; i++) {
    const { socket, connection } = await server.client(port);
    const entry = store.reserve(reservation(length, `bulk${i}`));
    server.net.sink(connection, store, entry, 0, length, 0);
    bulks.push({ socket, connection, entry, bytes: pattern(length, i + 1) });
  }
  for (const { socket, bytes } of bulks) socket.write(bytes.subarray(0, -1));
  small.socket.write('ping');
  t.is((await readBytes(small.socket, 4)).toString(), 'ping');
  t.is(server.count('sunk'), 0);
  for (const { socket, bytes } of bulks) socket.write(bytes.subarray(-1));
  for (const { connection, entry, bytes } of bulks) {
    const { rest } = await server.event('sunk', connection);
    t.is(rest[0], native.crc32c(bytes));
    store.seal(entry, rest[0] as number);
    t.true(store.read(entry, 0, length).equals(bytes));
  }
});

test('discard swallows exactly its length', async (t) => {
  const server = openSockets(t, { accept: (connection) => server.net.discard(connection, 3_000_000) });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  socket.write(PAYLOAD.subarray(0, 3_000_010));
  t.deepEqual(await server.receivedBytes(connection, 10), PAYLOAD.subarray(3_000_000, 3_000_010));
  t.deepEqual((await server.event('sunk', connection)).rest, [0]);
});

test('an empty bulk is sunk at once, but not inside the call; a second bulk is refused until then', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { connection } = await server.client(port);
  server.during(() => server.net.discard(connection, 0));
  t.throws(() => server.net.discard(connection, 1), { code: 'ERR', message: /already/ });
  await server.event('sunk', connection);
  t.is(server.eventsInCall, 0);
});

test('pause holds a bulk back', async (t) => {
  const server = openSockets(t, {
    accept: (connection) => {
      server.net.discard(connection, 4);
      server.net.pause(connection);
    },
  });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  socket.end('bulk');
  await server.event('end', connection);
  t.is(server.count('sunk'), 0);
  server.net.resume(connection);
  await server.event('sunk', connection);
});

test('a bulk into a reservation given up fails, and the rest is swallowed', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const entry = store.reserve(reservation(1000));
  const server = openSockets(t, { accept: (connection) => server.net.sink(connection, store, entry, 0, 1000, 0) });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  store.abort(entry);
  socket.write(Buffer.concat([PAYLOAD.subarray(0, 1000), Buffer.from('after')]));
  await server.event('sinkFailed', connection);
  await server.event('sunk', connection);
  t.is((await server.receivedBytes(connection, 5)).toString(), 'after');
  t.is(server.count('sinkFailed'), 1);
});

test('a bulk beyond its reservation fails', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const entry = store.reserve(reservation(1000));
  const server = openSockets(t, { accept: (connection) => server.net.sink(connection, store, entry, 500, 501, 0) });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  socket.write(PAYLOAD.subarray(0, 501));
  await server.event('sinkFailed', connection);
  await server.event('sunk', connection);
  t.deepEqual(store.segments()[0]?.usedBytes, 1024, 'nothing but the reservation is touched');
});

test('a segment truncated under a bulk fails the bulk only', async (t) => {
  const { store, sharedId } = await openStore(t, SEGMENT_BYTES);
  const entry = store.reserve(reservation(PAYLOAD.length));
  const server = openSockets(t, {
    accept: (connection) => server.net.sink(connection, store, entry, 0, PAYLOAD.length, 0),
    data: (connection, bytes) => void server.net.write(connection, bytes),
  });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  truncateSync(`/dev/shm${sharedId}`, 1 << 20);
  socket.write(PAYLOAD);
  socket.write('alive');
  await server.event('sinkFailed', connection);
  await server.event('sunk', connection);
  t.is((await readBytes(socket, 5)).toString(), 'alive');
  t.is(server.count('sinkFailed'), 1);
});

test('a variable is sent straight from its segment, in order with other replies, and held meanwhile', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const entry = store.reserve(reservation(PAYLOAD.length));
  store.write(entry, 0, PAYLOAD);
  store.seal(entry, native.crc32c(PAYLOAD));
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  server.net.write(connection, Buffer.from('before'));
  t.false(server.net.writeVariable(connection, store, entry, 10, PAYLOAD.length - 10));
  server.net.write(connection, Buffer.from('after'));
  server.net.writeVariable(connection, store, entry, 0, 3);
  t.is(store.remove([Buffer.from('bulk')]), 1);
  t.throws(() => store.insert(Buffer.from('other'), '', 'bytes', PAYLOAD), { code: 'OOM' }, 'its memory is not reused');
  server.net.end(connection);
  const expected = [Buffer.from('before'), PAYLOAD.subarray(10), Buffer.from('after'), PAYLOAD.subarray(0, 3)];
  t.true((await readAll(socket)).equals(Buffer.concat(expected)));
  socket.end();
  await server.event('closed', connection);
  store.sweep(100);
  t.notThrows(() => store.insert(Buffer.from('other'), '', 'bytes', PAYLOAD));
});

test('a reservation of the server’s own is sent as it is, though it is aborted meanwhile', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const entry = store.reserve(reservation(PAYLOAD.length));
  store.write(entry, 0, PAYLOAD);
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  t.false(server.net.writeVariable(connection, store, entry, 0, PAYLOAD.length));
  store.abort(entry);
  t.throws(() => store.insert(Buffer.from('other'), '', 'bytes', PAYLOAD), { code: 'OOM' }, 'its memory is not reused');
  server.net.end(connection);
  t.true((await readAll(socket)).equals(PAYLOAD));
  socket.end();
  await server.event('closed', connection);
  t.is(store.segments()[0]!.usedBytes, 0);
});

test('a client’s reservation is not sent', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const entry = store.reserve({ ...reservation(100), owner: { kind: 'connection', connection: 1 } });
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { connection } = await server.client(port);
  t.throws(() => server.net.writeVariable(connection, store, entry, 0, 100), { code: 'ERR' });
  t.throws(() => store.hold(entry), { code: 'NOTFOUND' });
});

test('ranges beyond a variable are refused', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const entry = store.insert(Buffer.from('x'), '', 'bytes', Buffer.alloc(100));
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { connection } = await server.client(port);
  t.throws(() => server.net.writeVariable(connection, store, entry, 1, 100), { code: 'ERR' });
  t.throws(() => server.net.writeVariable(connection, {} as never, entry, 0, 1), { code: 'ERR' });
  t.is(server.net.pending(connection), 0);
});

test('a segment truncated under a reply closes that connection only', async (t) => {
  const { store, sharedId } = await openStore(t, SEGMENT_BYTES);
  const entry = store.insert(Buffer.from('x'), '', 'bytes', PAYLOAD);
  const server = openSockets(t, { data: (connection, bytes) => void server.net.write(connection, bytes) });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  const other = await server.client(port);
  truncateSync(`/dev/shm${sharedId}`, 0);
  server.net.writeVariable(connection, store, entry, 0, PAYLOAD.length);
  socket.resume();
  await server.event('closed', connection);
  other.socket.write('alive');
  t.is((await readBytes(other.socket, 5)).toString(), 'alive');
});

test('a store closed before its sockets fails what still needs it', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const variable = store.insert(Buffer.from('x'), '', 'bytes', PAYLOAD.subarray(0, 10 << 20));
  const entry = store.reserve(reservation(1000));
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const reader = await server.client(port);
  const writer = await server.client(port);
  server.net.writeVariable(reader.connection, store, variable, 0, 10 << 20);
  server.net.sink(writer.connection, store, entry, 0, 1000, 0);
  store.close();
  writer.socket.write(PAYLOAD.subarray(0, 1000));
  await server.event('sinkFailed', writer.connection);
  server.net.destroy(reader.connection);
  await server.event('closed', reader.connection);
  t.throws(() => server.net.writeVariable(writer.connection, store, variable, 0, 1), { code: 'ERR' });
});

test('a held variable outlives its name, until it is dropped', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const entry = store.insert(Buffer.from('held'), '', 'bytes', Buffer.from('bytes'));
  store.hold(entry);
  store.remove([Buffer.from('held')]);
  t.is(store.read(entry, 0, 5).toString(), 'bytes');
  t.true(store.segments()[0]!.usedBytes > 0);
  store.drop(entry);
  t.is(store.segments()[0]!.usedBytes, 0);
  t.throws(() => store.drop(entry), { code: 'ERR', message: /no such entry/ });
  t.throws(() => store.hold(entry), { code: 'NOTFOUND' });
  const other = store.insert(Buffer.from('other'), '', 'bytes', Buffer.from('bytes'));
  t.throws(() => store.drop(other), { code: 'ERR', message: /isn't held/ });
  t.throws(() => store.drop(1_000_000), { code: 'ERR' });
});
