/** How a server ends, with work under way, and what the next one finds. */
import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { request } from '../resp/feeding.js';
import { runCli } from '../support/cli.js';
import { rawClient, type RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';
import { startTarget, Target } from './target.js';

const MIB = 1 << 20;
const CLEAN = { code: 0, signal: null };

/** Resolves when the log says so. */
async function logged(server: TestServer, text: string): Promise<void> {
  while (!server.output().includes(text)) await new Promise((turn) => setImmediate(turn));
}

const term = async (target: Target) => {
  process.kill(target.server.pid, 'SIGTERM');
  await logged(target.server, 'draining');
};

/** A connection that the server has accepted: one that still waits for that when the drain begins is closed unread. */
async function accepted(t: ExecutionContext, target: Target): Promise<RawClient> {
  const client = await rawClient(t, target.server.port);
  await client.send(request('PING'));
  await client.replies(1);
  return client;
}

test('SIGTERM: a large INSERT under way is finished and answered, and the next start has it', async (t) => {
  const target = await startTarget(t);
  const payload = Buffer.alloc(6 * MIB, 'payload ');
  const whole = request('FABRIC.INSERT', 'x', '', 'bytes', payload);
  const client = await accepted(t, target);
  await client.send(whole.subarray(0, 2 * MIB));
  await target.ask('PING');
  await term(target);
  await client.send(whole.subarray(2 * MIB));
  const [, reply] = await client.replies(2);
  t.is(reply![0], '*');
  t.deepEqual(await target.server.exited(), CLEAN);
  await target.server.start();
  t.true((await target.ask('GET', 'x')) === `$${payload.toString()}`);
  await target.assertWell(t);
});

test('SIGTERM: an INSERT that never comes to its end is given up after drain_ms, and its room comes back', async (t) => {
  const target = await startTarget(t, { config: { times: { drain_ms: 300 } } });
  const before = await target.freeBytes();
  const client = await accepted(t, target);
  await client.send(request('FABRIC.INSERT', 'x', '', 'bytes', Buffer.alloc(8 * MIB)).subarray(0, MIB));
  await target.ask('PING');
  t.deepEqual(await target.server.kill('SIGTERM'), CLEAN);
  await target.server.start();
  t.is(await target.ask('GET', 'x'), '$-1');
  await target.assertFree(t, before);
  await target.assertWell(t);
});

const underWay: [title: string, words: (root: string, target: Target) => string[], reply: RegExp][] = [
  ['a FILE copy', (root) => ['FABRIC.INSERT', 'big', '', 'bytes', 'FILE', join(root, 'big')], /^\["\*",\["\*"/],
  ['an ALLOC', () => ['FABRIC.ALLOC', '256'], /^\["\*",\["\*"/],
  ['a DEFRAG', () => ['FABRIC.DEFRAG'], /^\["\*","\$moved_variables"/],
];
for (const [title, words, pattern] of underWay) {
  test.serial(
    `SIGTERM: ${title} under way is finished and answered, or ended with an error, and nothing is lost`,
    async (t) => {
      const target = await startTarget(t, { config: { node: { segments_mib: [256] } } });
      const { server } = target;
      await server.kill();
      writeFileSync(
        server.configPath,
        `${server.config()}\n[security]\nsource_roots = [${JSON.stringify(server.folder)}]\n`,
      );
      await server.start();
      writeFileSync(join(server.folder, 'big'), '');
      truncateSync(join(server.folder, 'big'), 128 * MIB);
      for (let i = 0; i < 20; i++) await target.ask('SET', `v${i}`, Buffer.alloc(MIB, i + 1));
      for (let i = 0; i < 20; i += 2) await target.ask('DEL', `v${i}`);
      const client = await accepted(t, target);
      await client.send(request(...words(server.folder, target)));
      await target.ask('PING');
      await term(target);
      const [, reply] = await client.replies(2);
      t.regex(JSON.stringify(reply ?? 'closed'), pattern);
      t.deepEqual(await server.exited(), CLEAN);
      await server.start();
      for (let i = 1; i < 20; i += 2)
        t.true((await target.ask('GET', `v${i}`)) === `$${Buffer.alloc(MIB, i + 1).toString('latin1')}`);
      await target.ask('FLUSHALL');
      await target.assertWell(t);
      const free = await target.freeBytes();
      await target.assertFree(t, new Map([...free.keys()].map((segment) => [segment, 256 * MIB])));
    },
  );
}

for (const [second, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`a ${second} while draining ends it at once`, async (t) => {
    const target = await startTarget(t, { config: { times: { drain_ms: 600_000 } } });
    await target.ask('SET', 'kept', 'bytes');
    const client = await accepted(t, target);
    await client.send(request('SET', 'x', Buffer.alloc(MIB)).subarray(0, 1000));
    await target.ask('PING');
    await term(target);
    t.deepEqual(await target.server.kill(second), { code, signal: null });
    await target.server.start();
    t.is(await target.ask('GET', 'kept'), '$bytes');
    await target.assertWell(t);
  });
}

/** A start of its own that a signal meets while it allocates. */
async function interrupted(t: ExecutionContext, signal: NodeJS.Signals): Promise<TestServer> {
  const server = new TestServer({ config: { node: { segments_mib: [512, 512] } } });
  t.teardown(() => server.dispose());
  server.launch();
  await logged(server, 'allocating a segment');
  const exit = await server.kill(signal);
  t.deepEqual(exit, signal === 'SIGKILL' ? { code: null, signal } : CLEAN);
  return server;
}

test.serial('SIGTERM during the first start: it ends soon, and leaves nothing half made', async (t) => {
  const server = await interrupted(t, 'SIGTERM');
  t.false(server.output().includes('"ready"'));
  t.deepEqual(server.objects(), [`${server.prefix}.${server.node}.lock`]);
});

test.serial(
  'SIGKILL during the first start: the next start makes what is missing and removes what is half made',
  async (t) => {
    const server = await interrupted(t, 'SIGKILL');
    writeFileSync(server.configPath, server.config().replace('[512,512]', '[64]'));
    await server.start();
    const target = new Target(server);
    const segments = await target.freeBytes();
    t.deepEqual(
      server
        .objects()
        .filter((name) => /\.s\d+$/.test(name))
        .map((name) => `/${name}`)
        .sort(),
      [...segments.keys()].sort(),
    );
    await target.assertWell(t);
  },
);

test('what SIGKILL leaves is taken over, and purge removes it all once nobody runs', async (t) => {
  const target = await startTarget(t);
  const { server } = target;
  const purge = ['purge', '--config', server.configPath, '--yes'];
  await target.ask('SET', 'kept', 'bytes');
  await server.restart('SIGKILL');
  t.is(await target.ask('GET', 'kept'), '$bytes');
  const refused = await runCli(purge);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /is in use by another running server/);
  await target.assertWell(t);
  await server.kill('SIGKILL');
  t.is((await runCli(purge)).code, 0);
  t.deepEqual(
    readdirSync('/dev/shm').filter(
      (name) => name.startsWith(`${server.prefix}.${server.node}.`) && !name.endsWith('.lock'),
    ),
    [],
  );
});
