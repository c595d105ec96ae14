/** The server over real sockets and a real store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { pino } from 'pino';
import type { BulkTarget, Command } from '../../dist/commands/command.js';
import { CommandTable } from '../../dist/commands/table.js';
import { native, type NativeStore } from '../../dist/native.js';
import { OK } from '../../dist/resp/reply.js';
import { Server } from '../../dist/server/server.js';
import { request } from '../resp/feeding.js';
import { testConfig, noMeta, noMetaWatch, testFabric } from '../support/context.js';
import { command, TestCommands } from './commands.js';

const PING = request('PING');
const SEGMENT_BYTES = 16 * 1024 * 1024;

/** `PUT name payload` streams into a reservation, `FETCH name` sends from the segment. */
function storing(store: NativeStore): Command[] {
  const open = (name: Buffer, length: number): BulkTarget => {
    const entry = store.reserve({ name, documentation: '', type: 'bytes', length });
    let crc32c = 0;
    return {
      entry,
      length,
      write(offset, bytes) {
        store.write(entry, offset, bytes);
        return (crc32c = native.crc32c(bytes, crc32c));
      },
      complete(whole) {
        store.seal(entry, whole);
        return whole;
      },
      abandon: () => store.abort(entry),
    };
  };
  const two = [
    { name: 'name', type: 'key' },
    { name: 'payload', type: 'string' },
  ] as const;
  return [
    command('put', () => OK, {
      arity: 3,
      arguments: two,
      sink: { thresholdBytes: 32 * 1024, open: (_context, before, length) => open(before[1]!, length) },
    }),
    command(
      'fetch',
      (_context, args) => {
        const entry = store.find(args[1]!);
        if (entry === undefined) return null;
        return { kind: 'payload', entry, offset: 0, length: store.describe(entry).length };
      },
      { arity: 2, arguments: [two[0]] },
    ),
  ];
}

/** A rig that is gone with its test, however that ends. */
function openRig(t: ExecutionContext): Rig {
  const rig = new Rig();
  t.teardown(() => rig.close());
  return rig;
}

class Rig {
  readonly commands = new TestCommands();
  readonly directory = mkdtempSync(join(tmpdir(), 'datafabric-server-'));
  readonly node = `s${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  readonly store: NativeStore;
  readonly server: Server;

  constructor() {
    this.store = native.openStore({
      node: this.node,
      prefix: 'fabrictest',
      stateDir: this.directory,
      variablesMax: 1000,
      pinsMax: 100,
      stringBytesMax: 1 << 20,
      segmentsMax: 4,
      slotsMax: 16,
      mode: 0o600,
      groupId: -1,
      quarantineMs: 10,
      pinLingerMs: 10,
      reserveLingerMs: 10,
      restartGraceMs: 0,
    });
    const config = testConfig();
    config.limits.bulkBytesMax = SEGMENT_BYTES;
    config.listen.unixPath = join(this.directory, 'fabric.sock');
    this.server = new Server({
      fabric: testFabric(),
      meta: noMeta,
      stores: () => [],
      metaWatch: noMetaWatch,
      cluster: undefined,
      config,
      table: new CommandTable([...this.commands.all, ...storing(this.store)]),
      log: pino({ level: 'silent' }),
      store: this.store,
      version: '1.2.3',
      now: () => Date.now(),
      openNet: (callbacks) => native.openNet(callbacks, { highWaterBytes: 1 << 20, lowWaterBytes: 1 << 18 }),
      waterMarks: { highWaterBytes: 1 << 20, lowWaterBytes: 1 << 18 },
      crc32c: (bytes, seed) => native.crc32c(bytes, seed),
      onDisconnected: (connection) => this.store.disconnected(connection),
      onSealed: () => undefined,
      onShutdown: () => undefined,
    });
    void this.server.listen();
  }

  tcp(): Socket {
    const [host, port] = this.server.listeners[0]!.split(':') as [string, string];
    return connect({ host, port: Number(port) });
  }

  unix(): Socket {
    return connect(this.server.listeners[1]!.slice('unix:'.length));
  }

  async close(): Promise<void> {
    await this.server.close();
    this.store.close();
    native.purge({ prefix: 'fabrictest', node: this.node });
    rmSync(`/dev/shm/fabrictest.${this.node}.lock`, { force: true });
    rmSync(this.directory, { recursive: true });
  }
}

/** Everything the server sends until it closes. */
async function conversation(socket: Socket, ...chunks: readonly Buffer[]): Promise<Buffer> {
  const received: Buffer[] = [];
  for (const chunk of chunks) socket.write(chunk);
  for await (const chunk of socket) received.push(chunk as Buffer);
  return Buffer.concat(received);
}

for (const way of ['tcp', 'unix'] as const) {
  test(`${way}: a conversation until QUIT`, async (t) => {
    const rig = openRig(t);
    const sent = [PING, Buffer.from('PING\r\n'), request('QUIT'), PING];
    t.is((await conversation(rig[way](), ...sent)).toString(), '+PONG\r\n+PONG\r\n+OK\r\n');
  });

  test(`${way}: a protocol error reaches a client that is still sending`, async (t) => {
    const rig = openRig(t);
    const sent = [PING, Buffer.from('*x\r\n'), ...Array<Buffer>(64).fill(Buffer.alloc(64 * 1024, 'y'))];
    const said = await conversation(rig[way](), ...sent);
    t.is(said.toString(), '+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n');
  });
}

test('a large bulk goes into a segment and comes back, in step with its neighbours', async (t) => {
  const rig = openRig(t);
  await rig.store.allocSegment(SEGMENT_BYTES);
  const payload = Buffer.alloc(8 * 1024 * 1024);
  for (let at = 0; at < payload.length; at += 4) payload.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
  const sent = [PING, request('PUT', 'x', payload), request('FETCH', 'x'), PING, request('QUIT')];
  const said = await conversation(rig.tcp(), Buffer.concat(sent));
  const before = `+PONG\r\n:${native.crc32c(payload)}\r\n$${payload.length}\r\n`;
  t.is(said.toString('latin1', 0, before.length), before);
  t.true(said.subarray(before.length, before.length + payload.length).equals(payload));
  t.is(said.toString('latin1', before.length + payload.length), '\r\n+PONG\r\n+OK\r\n');
});

test('a bulk nobody has room for is refused and the connection goes on', async (t) => {
  const rig = openRig(t);
  const sent = [request('PUT', 'x', Buffer.alloc(4 * 1024 * 1024)), PING, request('QUIT')];
  t.regex((await conversation(rig.tcp(), ...sent)).toString(), /^-OOM .*\r\n\+PONG\r\n\+OK\r\n$/);
});

test('half-close: what was asked is answered, then the connection closes', async (t) => {
  const rig = openRig(t);
  const socket = rig.tcp();
  socket.end(Buffer.concat(Array<Buffer>(5000).fill(PING)));
  t.is((await conversation(socket)).length, 5000 * 7);
});

test('a client that disappears ends the wait of its command', async (t) => {
  const rig = openRig(t);
  const socket = rig.tcp();
  socket.write(request('BLOCK'));
  while (rig.commands.signals.length === 0) await new Promise((turn) => setImmediate(turn));
  socket.destroy();
  while (!rig.commands.signals[0]!.aborted) await new Promise((turn) => setImmediate(turn));
  while ([...rig.server.sessions()].length > 0) await new Promise((turn) => setImmediate(turn));
  t.pass();
});
