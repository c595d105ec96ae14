import test from 'ava';
import { pino } from 'pino';
import type { Config } from '../../dist/cluster/config.js';
import { CommandTable } from '../../dist/commands/table.js';
import type { NativeStore } from '../../dist/native.js';
import { OK } from '../../dist/resp/reply.js';
import { Server } from '../../dist/server/server.js';
import { request } from '../resp/feeding.js';
import { testConfig, noMeta, noMetaWatch, testFabric } from '../support/context.js';
import { command, TestCommands } from './commands.js';
import { FakeNet } from './fake-net.js';

const PING = request('PING');

class Rig {
  readonly commands = new TestCommands();
  readonly config = testConfig();
  readonly disconnected: number[] = [];
  shutdowns = 0;
  net!: FakeNet;
  readonly server: Server;

  constructor(change: (config: Config) => void = () => undefined) {
    change(this.config);
    const kill = command('kill', ({ server }, args) => {
      server.kill(Number(args[1]));
      return OK;
    });
    const shutdown = command('shutdown', ({ server }) => {
      server.shutdown();
      return OK;
    });
    this.server = new Server({
      fabric: testFabric(),
      meta: noMeta,
      stores: () => [],
      metaWatch: noMetaWatch,
      cluster: undefined,
      config: this.config,
      table: new CommandTable([...this.commands.all, kill, shutdown]),
      log: pino({ level: 'silent' }),
      store: {} as NativeStore,
      version: '1.2.3',
      now: () => Date.now(),
      openNet: (callbacks) => (this.net = new FakeNet(callbacks)),
      waterMarks: { highWaterBytes: 1 << 20, lowWaterBytes: 1 << 18 },
      crc32c: () => 0,
      onDisconnected: (connection) => this.disconnected.push(connection),
      onSealed: () => undefined,
      onShutdown: () => this.shutdowns++,
    });
  }
}

test('clients are served, listed and forgotten', async (t) => {
  const rig = new Rig();
  await rig.server.listen();
  const { id, transport } = rig.net.connect();
  t.is(rig.net.send(id, PING), '+PONG\r\n');
  t.deepEqual(
    [...rig.server.sessions()].map((session) => session.remoteAddress),
    ['127.0.0.1:4001'],
  );
  t.is(rig.server.session(id)?.localAddress, '127.0.0.1:40001');
  transport.destroy();
  rig.net.closeEnded();
  t.deepEqual([...rig.server.sessions()], []);
  t.deepEqual(rig.disconnected, [id]);
  await rig.server.close();
});

test('one client more than allowed is told so', async (t) => {
  const rig = new Rig((config) => (config.limits.clientsMax = 1));
  rig.net.connect();
  const { id, transport } = rig.net.connect();
  t.is(transport.taken(), '-ERR max number of clients reached\r\n');
  t.true(transport.ended);
  t.is(rig.net.send(id, PING), '');
  t.is(rig.server.metrics.connectionsRejected, 1);
  t.is(rig.server.metrics.connectionsReceived, 1);
  rig.net.closeEnded();
  t.deepEqual(rig.disconnected, []);
  await rig.server.close();
});

const hosts: [host: string, open: boolean][] = [
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.5', false],
  ['example.org', false],
  ['127.0.0.1.example.org', false],
];
for (const [host, open] of hosts) {
  test(`without a password ${host} is ${open ? 'allowed' : 'refused'}`, async (t) => {
    const rig = new Rig((config) => (config.listen.hosts = ['127.0.0.1', host]));
    if (open) await t.notThrowsAsync(rig.server.listen());
    else
      await t.throwsAsync(rig.server.listen(), { code: 'ERR', message: new RegExp(`listening on ${host} .*password`) });
    t.is(rig.net.listening.size, open ? 2 : 0);
    await rig.server.close();
  });
}

test('with a password any address is allowed', async (t) => {
  const rig = new Rig((config) => {
    config.listen.hosts = ['0.0.0.0', '::'];
    config.listen.unixPath = '/run/fabric.sock';
    config.security.password = 'secret';
  });
  await rig.server.listen();
  t.deepEqual(rig.server.listeners, ['0.0.0.0:40001', '[::]:40002', 'unix:/run/fabric.sock']);
  await rig.server.close();
});

test('when one address can not be had none is kept', async (t) => {
  const rig = new Rig((config) => (config.listen.hosts = ['127.0.0.1', '::1']));
  rig.net.busyHost = '::1';
  await t.throwsAsync(rig.server.listen(), { message: 'address in use' });
  t.is(rig.net.listening.size, 0);
  await rig.server.close();
});

test('a client is killed by another', async (t) => {
  const rig = new Rig();
  const victim = rig.net.connect();
  const killer = rig.net.connect();
  t.is(rig.net.send(killer.id, request('KILL', `${victim.id}`)), '+OK\r\n');
  t.true(victim.transport.destroyed);
  t.is(rig.net.send(victim.id, PING), '');
  await rig.server.close();
});

test('SHUTDOWN is passed on', async (t) => {
  const rig = new Rig();
  const { id } = rig.net.connect();
  rig.net.send(id, request('SHUTDOWN'));
  t.is(rig.shutdowns, 1);
  await rig.server.close();
});

test('closing waits for what runs, answers it, and stops accepting first', async (t) => {
  const rig = new Rig((config) => (config.times.drainMs = 60_000));
  await rig.server.listen();
  const idle = rig.net.connect();
  const busy = rig.net.connect();
  rig.net.send(busy.id, request('WAIT'));
  const closing = rig.server.close();
  t.is(rig.net.listening.size, 0);
  t.true(idle.transport.ended);
  t.false(busy.transport.ended);
  rig.commands.waits[0]!.resolve('done');
  while (!busy.transport.ended) await new Promise(setImmediate);
  t.is(busy.transport.taken(), '$4\r\ndone\r\n');
  t.false(rig.net.closed);
  rig.net.closeEnded();
  await closing;
  t.true(rig.net.closed);
  t.deepEqual(rig.disconnected.sort(), [idle.id, busy.id]);
});

test('closing does not wait for ever', async (t) => {
  const rig = new Rig((config) => (config.times.drainMs = 1));
  const { id, transport } = rig.net.connect();
  rig.net.send(id, request('WAIT'));
  await rig.server.close();
  t.true(transport.destroyed);
  t.deepEqual(rig.disconnected, [id]);
});

test('a fault in one connection leaves the others alone', async (t) => {
  const rig = new Rig();
  const broken = rig.net.connect();
  const other = rig.net.connect();
  broken.transport.write = () => {
    throw new Error('bad descriptor');
  };
  t.is(rig.net.send(broken.id, PING), '');
  t.true(broken.transport.destroyed);
  t.is(rig.net.send(other.id, PING), '+PONG\r\n');
  await rig.server.close();
});

test('an open pause ends by itself', async (t) => {
  const rig = new Rig();
  const { id, transport } = rig.net.connect();
  rig.server.pauseUntilMs = Date.now() + 20;
  t.is(rig.net.send(id, request('SET')), '');
  while (transport.writes.length === 0) await new Promise(setImmediate);
  t.is(transport.taken(), '+OK\r\n');
  t.falsy(rig.server.pauseUntilMs);
  await rig.server.close();
});
