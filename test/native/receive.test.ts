/** Payloads that a store receives from other nodes; how it takes what they may say is tested natively. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { ERROR_CODES } from '../../dist/errors.js';
import { native } from '../../dist/native.js';
import { pattern } from '../support/sockets.js';
import { openStore } from '../support/store.js';

const SEGMENT_BYTES = 32 << 20;
const PREAMBLE = Buffer.from('*1\r\n$4\r\nPING\r\n');

/** A peer; `serve` is called for each connection once the preamble is there. */
async function openPeer(t: ExecutionContext, serve: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => serve(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, preamble: PREAMBLE, replies: 0, silenceMs: 60_000 };
}

const reservation = (length: number, name = 'copy') => ({
  name: Buffer.from(name),
  documentation: '',
  type: 'bytes',
  length,
});

test('a payload is received into a reservation and has its checksum', async (t) => {
  const payload = pattern(5 << 20);
  const { store } = await openStore(t, SEGMENT_BYTES);
  const source = await openPeer(t, (socket) => {
    socket.write(`+OK\r\n$${payload.length}\r\n`);
    socket.write(payload);
    socket.write('\r\n');
  });
  const entry = store.reserve(reservation(payload.length));
  const crc32c = await store.receive({ ...source, replies: 1 }, entry);
  t.is(crc32c, native.crc32c(payload));
  store.seal(entry, crc32c);
  t.true(store.read(entry, 0, payload.length).equals(payload));
});

test('the peer’s errors come with their codes', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const entry = store.reserve(reservation(10));
  for (const code of ERROR_CODES) {
    const source = await openPeer(t, (socket) => socket.end(`-${code} so it is\r\n`));
    await t.throwsAsync(store.receive(source, entry), { code, message: 'so it is' });
  }
});

test('a reservation that is aborted meanwhile keeps its memory until the transfer ends', async (t) => {
  const payload = pattern(20 << 20);
  const { store } = await openStore(t, SEGMENT_BYTES);
  const begun: Socket[] = [];
  const source = await openPeer(t, (socket) => {
    socket.write(`$${payload.length}\r\n`);
    begun.push(socket);
    store.abort(entry);
    t.throws(() => store.insert(Buffer.from('other'), '', 'bytes', payload), { code: 'OOM' });
    socket.end(payload);
  });
  const entry = store.reserve(reservation(payload.length));
  await t.throwsAsync(store.receive(source, entry), { code: 'REMOTE', message: /before the end of a bulk/ });
  t.is(begun.length, 1);
  t.is(store.segments()[0]!.usedBytes, 0);
});

test('transfers that stall keep nothing else waiting, and a store that closes ends them', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  let stalled = 0;
  const reached = new Promise<void>((resolve) => {
    void openPeer(t, () => {
      if (++stalled === 4) resolve();
    }).then((source) => {
      for (let i = 0; i < 8; i++) {
        const entry = store.reserve(reservation(100, `copy${i}`));
        outcomes.push(store.receive(source, entry).then(String, (error: unknown) => (error as Error).message));
      }
    });
  });
  const outcomes: Promise<string>[] = [];
  await reached;
  const entry = store.reserve(reservation(1 << 20, 'local'));
  t.is(await store.checksum(entry), native.crc32c(store.read(entry, 0, 1 << 20)));
  const begun = Date.now();
  store.close();
  t.true(Date.now() - begun < 5000);
  t.is(outcomes.length, 8);
  // The store is closed when they are told.
  for (const outcome of await Promise.all(outcomes)) t.is(outcome, 'the store is closed');
});

test('what is no source is refused', async (t) => {
  const { store } = await openStore(t, SEGMENT_BYTES);
  const entry = store.reserve(reservation(10));
  const source = { host: '127.0.0.1', port: 1, preamble: PREAMBLE, replies: 0, silenceMs: 1000 };
  for (const wrong of [{ port: 0 }, { port: 65_536 }, { replies: -1 }, { silenceMs: NaN }]) {
    t.throws(() => store.receive({ ...source, ...wrong }, entry), { code: 'ERR' });
  }
  const sealed = store.insert(Buffer.from('sealed'), '', 'bytes', Buffer.alloc(10));
  t.throws(() => store.receive(source, sealed), { code: 'NOTFOUND' });
});
