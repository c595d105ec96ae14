import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { closing, openSockets, pattern, readAll, readBytes, type RecordedNet } from '../support/sockets.js';

test('half-close: end is told once, replies still go out', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  const replies = readAll(socket);
  socket.end('question');
  await server.event('end', connection);
  t.is(server.received(connection).toString(), 'question');
  t.is(server.count('closed'), 0);
  server.net.write(connection, Buffer.from('answer'));
  server.net.end(connection);
  t.is((await replies).toString(), 'answer');
  await server.event('closed', connection);
  t.is(server.count('end', connection), 1);
});

test('pause holds data back, resume brings it', async (t) => {
  const server = openSockets(t, { data: (connection) => server.net.pause(connection) });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  socket.write('one');
  await server.event('data', connection);
  socket.write('two');
  // Another connection's whole round trip: time for what must not come.
  const other = await server.client(port);
  other.socket.write('x');
  await server.event('data', other.connection);
  t.is(server.received(connection).toString(), 'one');
  server.net.resume(connection);
  t.is((await server.receivedBytes(connection, 6)).toString(), 'onetwo');
});

test('a peer’s end is noticed while paused, once; unread bytes still come', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  server.net.pause(connection);
  socket.end('unread');
  await server.event('end', connection);
  t.is(server.count('data'), 0);
  server.net.resume(connection);
  t.is((await server.receivedBytes(connection, 6)).toString(), 'unread');
  server.net.write(connection, Buffer.from('reply'));
  server.net.end(connection);
  t.is((await readAll(socket)).toString(), 'reply');
  await server.event('closed', connection);
  t.is(server.count('end', connection), 1);
});

test('a reset is noticed while paused', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  server.net.pause(connection);
  socket.resetAndDestroy();
  await server.event('closed', connection);
  t.is(server.count('closed'), 1);
});

test('a reset is noticed after the end', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  socket.end();
  await server.event('end', connection);
  socket.resetAndDestroy();
  await server.event('closed', connection);
  t.is(server.count('closed'), 1);
});

test('a unix peer that goes while paused is told and closed', async (t) => {
  const server = openSockets(t);
  const path = join(tmpdir(), `datafabric-${randomBytes(6).toString('hex')}.sock`);
  server.net.listenUnix(path, 0o600);
  const socket = connect(path);
  const { connection, rest } = await server.event('accept');
  t.is(rest[1], path);
  server.net.pause(connection);
  socket.write('unread');
  await once(socket, 'connect');
  socket.destroy();
  await server.event('end', connection);
  await server.event('closed', connection);
  t.is(server.count('end'), 1);
});

test('destroy inside the data callback', async (t) => {
  const server = openSockets(t, { data: (connection) => server.net.destroy(connection) });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const clients = [];
  for (let i = 0; i < 20; i++) clients.push(await server.client(port));
  for (const { socket } of clients) socket.write(pattern(200_000));
  await Promise.all(clients.map(({ connection }) => server.event('closed', connection)));
  t.is(server.count('closed'), 20);
});

test('destroy of every other connection inside one’s data callback', async (t) => {
  const clients: { socket: Socket; connection: number }[] = [];
  const server = openSockets(t, {
    data: (connection) => {
      for (const other of clients) if (other.connection !== connection) server.net.destroy(other.connection);
      server.net.write(connection, Buffer.from('left'));
    },
  });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  for (let i = 0; i < 20; i++) clients.push(await server.client(port));
  for (const { socket } of clients) socket.write('x');
  const { connection } = await server.event('data');
  const survivor = clients.find((client) => client.connection === connection)!;
  t.is((await readBytes(survivor.socket, 4)).toString(), 'left');
  t.is(server.count('data'), 1);
  await Promise.all(
    clients.filter((client) => client !== survivor).map((client) => server.event('closed', client.connection)),
  );
});

test('write and destroy in a later tick of the same turn', async (t) => {
  const server = openSockets(t, {
    data: (connection) => {
      setImmediate(() => {
        server.net.write(connection, Buffer.from('never'));
        server.net.destroy(connection);
      });
    },
  });
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const { socket, connection } = await server.client(port);
  socket.write('x');
  t.is((await readAll(socket)).length, 0);
  await server.event('closed', connection);
});

for (const [what, act, served] of [
  ['the connection destroyed', ({ net }, connection) => net.destroy(connection), 'others'],
  ['its listener closed', ({ net }, _, listener) => net.closeListener(listener), 'accepted'],
  ['everything closed', ({ net }) => net.close(), 'none'],
] as [string, (server: RecordedNet, connection: number, listener: number) => void, 'others' | 'accepted' | 'none'][]) {
  test(`${what} inside accept`, async (t) => {
    const server = openSockets(t, {
      accept: (connection, listener) => {
        if (server.count('accept') === 1) act(server, connection, listener);
      },
      data: (connection, bytes) => void server.net.write(connection, bytes),
    });
    const { port } = server.net.listenTcp('127.0.0.1', 0);
    const sockets = Array.from({ length: 5 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    const outcomes = sockets.map(async (socket) => {
      const echoed = new Promise<boolean>((resolve) => socket.once('data', () => resolve(true)));
      socket.write('x');
      return Promise.race([echoed, closing(socket).then(() => false)]);
    });
    const echoed = (await Promise.all(outcomes)).filter(Boolean).length;
    for (const socket of sockets) socket.destroy();
    t.is(echoed, { others: 4, accepted: 1, none: 0 }[served]);
  });
}

test('sockets that are closed listen no more', (t) => {
  const server = openSockets(t);
  server.net.close();
  t.throws(() => server.net.listenTcp('127.0.0.1', 0), { code: 'ERR', message: /closed/ });
});

test('close closes every connection, and tells each once', async (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  const clients = [];
  for (let i = 0; i < 10; i++) clients.push(await server.client(port));
  for (const { connection } of clients) server.net.write(connection, pattern(100_000));
  server.during(() => server.net.close());
  server.during(() => server.net.close());
  await Promise.all(clients.map(({ connection }) => server.event('closed', connection)));
  t.is(server.count('closed'), 10);
  t.is(server.eventsInCall, 0);
});
