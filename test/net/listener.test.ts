import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import test, { type ExecutionContext } from 'ava';
import { openSockets, readAll } from '../support/sockets.js';

function socketPath(t: ExecutionContext): string {
  const path = join(tmpdir(), `datafabric-${randomBytes(6).toString('hex')}.sock`);
  t.teardown(() => rmSync(path, { force: true }));
  return path;
}

test('a unix socket has its mode, and goes with its listener', (t) => {
  const server = openSockets(t);
  const path = socketPath(t);
  for (const mode of [0o600, 0o666, 0o770]) {
    const { listener } = server.net.listenUnix(path, mode);
    t.is(statSync(path).mode & 0o777, mode);
    server.net.closeListener(listener);
    t.false(existsSync(path));
  }
});

test('a path where a server answers is refused, and left alone', async (t) => {
  const path = socketPath(t);
  const other = createServer().listen(path);
  await once(other, 'listening');
  t.teardown(() => other.close());
  const server = openSockets(t);
  t.throws(() => server.net.listenUnix(path, 0o600), { code: 'ERR', message: /another server answers/ });
  const socket = connect(path);
  await once(socket, 'connect');
  socket.destroy();
});

test('a stale socket is replaced', async (t) => {
  const path = socketPath(t);
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
  t.true(existsSync(path));
  const server = openSockets(t);
  server.net.listenUnix(path, 0o600);
  const socket = connect(path);
  await once(socket, 'connect');
  socket.destroy();
});

test('what is no socket is neither replaced nor removed', (t) => {
  const path = socketPath(t);
  writeFileSync(path, 'kept');
  const server = openSockets(t);
  t.throws(() => server.net.listenUnix(path, 0o600), { code: 'ERR', message: /no socket/ });
  t.is(statSync(path).size, 4);
});

test('a socket another server has put at the path is not removed', (t) => {
  const path = socketPath(t);
  const server = openSockets(t);
  const { listener } = server.net.listenUnix(path, 0o600);
  rmSync(path);
  const successor = openSockets(t);
  successor.net.listenUnix(path, 0o600);
  server.net.closeListener(listener);
  t.true(existsSync(path));
});

test('paths that fit no socket address are refused', (t) => {
  const server = openSockets(t);
  for (const path of ['', `/tmp/${'x'.repeat(200)}`, join(tmpdir(), 'no such folder', 'x.sock')]) {
    t.throws(() => server.net.listenUnix(path, 0o600), { code: 'ERR' });
  }
});

test('a port in use is refused with the reason', (t) => {
  const server = openSockets(t);
  const { port } = server.net.listenTcp('127.0.0.1', 0);
  t.throws(() => server.net.listenTcp('127.0.0.1', port), { code: 'ERR', message: /Address already in use/ });
});

test('numeric addresses and localhost only', async (t) => {
  const server = openSockets(t);
  for (const host of ['example.com', '', 'localhost.', '127.0.0.1:80']) {
    t.throws(() => server.net.listenTcp(host, 0), { code: 'ERR', message: /numeric/ });
  }
  const { port } = server.net.listenTcp('localhost', 0);
  const { connection } = await server.client(port);
  t.true(connection > 0);
});

const loopbackV6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

test('IPv6 and IPv4 share a port, and a peer has brackets', async (t) => {
  const server = openSockets(t);
  if (!loopbackV6) {
    t.throws(() => server.net.listenTcp('::1', 0), { code: 'ERR' });
    return;
  }
  const { port } = server.net.listenTcp('::1', 0);
  server.net.listenTcp('127.0.0.1', port);
  const socket = connect(port, '::1');
  const { rest } = await server.event('accept');
  t.is(rest[1], `[::1]:${socket.localPort}`);
  socket.destroy();
});

const FEW_DESCRIPTORS = 40;

/** An echo server in a process of its own with few descriptors; it ends with the test. */
async function startWithFewDescriptors(t: ExecutionContext): Promise<number> {
  const addon = new URL('../../dist/native.js', import.meta.url).href;
  const source = `
    import { native } from ${JSON.stringify(addon)};
    const ignore = () => undefined;
    const net = native.openNet({
      accept: ignore, sunk: ignore, sinkFailed: ignore, drain: ignore, closed: ignore, refused: ignore, idle: ignore, sealed: ignore,
      data: (connection, bytes) => net.write(connection, bytes),
      end: (connection) => net.end(connection),
    }, { highWaterBytes: 1000, lowWaterBytes: 100 });
    console.log(net.listenTcp('127.0.0.1', 0).port);`;
  const command = `ulimit -n ${FEW_DESCRIPTORS}; exec "$0" --input-type=module -e "$1"`;
  const child = spawn('bash', ['-c', command, process.execPath, source], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill());
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(port.toString());
}

/** True when the server echoes, false when it closes the connection. */
async function served(socket: Socket): Promise<boolean> {
  const closed = new Promise<false>((resolve) => socket.once('close', () => resolve(false)));
  const echoed = new Promise<true>((resolve) => socket.once('data', () => resolve(true)));
  socket.on('error', () => undefined).write('x');
  return Promise.race([closed, echoed]);
}

test('without descriptors left, new connections are closed; served ones go on, and later ones are served', async (t) => {
  const port = await startWithFewDescriptors(t);
  const sockets = Array.from({ length: 2 * FEW_DESCRIPTORS }, () => connect(port, '127.0.0.1'));
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  const results = await Promise.all(sockets.map(served));
  const open = sockets.filter((_, i) => results[i]);
  t.true(open.length > 0 && open.length < FEW_DESCRIPTORS, `${open.length} of ${sockets.length} were served`);
  t.true(await served(open[0]!));
  const [going, staying] = [open.slice(0, 5), open.slice(5)];
  await Promise.all(going.map((socket) => readAll(socket.end())));
  t.true(await served(connect(port, '127.0.0.1').unref()));
  t.deepEqual(
    await Promise.all(staying.map(served)),
    staying.map(() => true),
  );
});
