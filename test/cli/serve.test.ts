import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import test, { type ExecutionContext } from 'ava';
import { tryLines } from '../../dist/cli/banner.js';
import { loadConfig } from '../../dist/cluster/config-load.js';
import { runCli } from '../support/cli.js';
import { startServer, type TestServer } from '../support/server.js';

function connect(t: ExecutionContext, server: TestServer): Redis {
  const client = new Redis(server.url, { retryStrategy: null });
  // Servers are ended under their clients here.
  client.on('error', () => undefined);
  t.teardown(() => client.disconnect());
  return client;
}

/** A port that somebody listens on until the test ends. */
async function busyPort(t: ExecutionContext): Promise<number> {
  const blocker = createServer().listen(0, '127.0.0.1');
  t.teardown(() => blocker.close());
  await once(blocker, 'listening');
  return (blocker.address() as AddressInfo).port;
}

test.serial('a first start allocates the configured segments before it is ready', async (t) => {
  const server = await startServer(t, { config: { node: { segments_mib: [32, 16] } } });
  const segments = (await connect(t, server).call('FABRIC.SEGMENTS')) as unknown[];
  t.is(segments.length, 2);
  t.deepEqual(server.objects().filter((name) => /\.s\d+$/.test(name)).length, 2);
});

test.serial('the banner shows the address, and its lines work as they stand', async (t) => {
  const server = await startServer(t, { config: { log: { format: 'pretty' }, security: { source_roots: [] } } });
  t.true(server.output().includes(server.addresses[0]!));
  const client = connect(t, server);
  for (const line of tryLines(loadConfig(server.configPath), server.addresses)) {
    t.true(server.output().includes(line));
    const words =
      line.slice(line.indexOf(`-p ${server.port} `) + `-p ${server.port} `.length).match(/"[^"]*"|\S+/g) ?? [];
    const [command, ...args] = words.map((word) => word.replace(/^"|"$/g, ''));
    await t.notThrowsAsync(client.call(command!, ...args), line);
  }
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test.serial(`${signal} drains, exits with 0 and leaves the variables for the next start`, async (t) => {
    const server = await startServer(t);
    await connect(t, server).set('kept', 'bytes');
    t.deepEqual(await server.kill(signal), { code: 0, signal: null });
    t.regex(server.output(), new RegExp(`${signal}: draining`));
    await server.start();
    t.is(await connect(t, server).get('kept'), 'bytes');
  });
}

test.serial('SHUTDOWN ends the server as a signal does', async (t) => {
  const server = await startServer(t);
  await connect(t, server)
    .call('SHUTDOWN')
    .catch(() => undefined);
  t.deepEqual(await server.exited(), { code: 0, signal: null });
});

test.serial('after kill -9 the next start has every acknowledged variable', async (t) => {
  const server = await startServer(t);
  const client = connect(t, server);
  for (let i = 0; i < 100; i++) await client.set(`name${i}`, `value${i}`);
  t.deepEqual(await server.kill('SIGKILL'), { code: null, signal: 'SIGKILL' });
  await server.start();
  const again = connect(t, server);
  for (let i = 0; i < 100; i++) t.is(await again.get(`name${i}`), `value${i}`);
});

test.serial('a second server on one node is refused with the reason, and touches nothing', async (t) => {
  const server = await startServer(t);
  const before = server.objects();
  const { code, stdout, stderr } = await runCli([
    'serve',
    '--config',
    server.configPath,
    '--port',
    String(server.port),
  ]);
  t.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  t.regex(stderr, new RegExp(`^node '${server.node}' is in use by another running server`));
  t.is(stderr.trimEnd().split('\n').length, 1);
  t.deepEqual(server.objects(), before);
  t.is(await connect(t, server).ping(), 'PONG');
});

test.serial('a taken port is named, with the way to another one', async (t) => {
  const port = await busyPort(t);
  const error = await t.throwsAsync(startServer(t, { config: { listen: { port } } }));
  t.regex(error.message, new RegExp(`127\\.0\\.0\\.1.*${port}.*in use.*choose one with --port`, 'i'));
});

test.serial('a first start that fails leaves no shared memory', async (t) => {
  const server = await startServer(t);
  await server.kill();
  const taken = ['--config', server.configPath, '--node', `${server.node}x`, '--port', String(await busyPort(t))];
  const { code, stderr } = await runCli(['serve', ...taken]);
  t.is(code, 1);
  t.regex(stderr, /in use/i);
  const left = readdirSync('/dev/shm').filter((name) => name.startsWith(`${server.prefix}.${server.node}x.`));
  t.teardown(() => left.forEach((name) => unlinkSync(join('/dev/shm', name))));
  t.deepEqual(left, [`${server.prefix}.${server.node}x.lock`]);
});

test.serial('a wait that the end of the server cuts short is an error, not an absent variable', async (t) => {
  const server = await startServer(t);
  const consumer = connect(t, server);
  const waiting = t.throwsAsync(consumer.call('FABRIC.PTR', 'never', 'WAIT', 0), {
    message: /^ERR the wait was given up/,
  });
  const observer = connect(t, server);
  while (!String(await observer.call('CLIENT', 'LIST')).includes('cmd=fabric.ptr'));
  await server.kill('SIGTERM');
  await waiting;
});

test.serial('the slow log keeps no password that CONFIG SET was given', async (t) => {
  const server = await startServer(t, { config: { slowlog: { slower_than_microseconds: 0 } } });
  const client = connect(t, server);
  await client.call('CONFIG', 'SET', 'requirepass', 'sesame');
  const entries = JSON.stringify(await client.call('SLOWLOG', 'GET'));
  t.false(entries.includes('sesame'));
  t.regex(entries, /client|info/i);
});

test.serial('an unix socket is served, alone if asked', async (t) => {
  const server = await startServer(t, { config: { listen: { hosts: [], unix_socket: 'node.sock' } } });
  const path = join(server.folder, 'node.sock');
  t.deepEqual(server.addresses, [`unix:${path}`]);
  const client = new Redis(path);
  t.teardown(() => client.disconnect());
  t.is(await client.ping(), 'PONG');
});

test.serial('the password of the environment is demanded', async (t) => {
  const server = await startServer(t, { env: { DATAFABRIC_PASSWORD: 'sesame' } });
  await t.throwsAsync(connect(t, server).get('x'), { message: /^NOAUTH/ });
  const client = new Redis(server.url, { password: 'sesame' });
  t.teardown(() => client.disconnect());
  t.is(await client.get('x'), null);
});

test.serial('purge is refused while the server runs, and then leaves only the empty lock file', async (t) => {
  const server = await startServer(t);
  await connect(t, server).set('gone', 'soon');
  const purge = ['purge', '--config', server.configPath, '--yes'];
  const refused = await runCli(purge);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /is in use by another running server/);

  await server.kill();
  const objects = server.objects().filter((name) => !name.endsWith('.lock'));
  const { code, stdout } = await runCli(purge);
  t.is(code, 0);
  t.deepEqual(stdout.trimEnd().split('\n').sort(), objects.map((name) => `removed /dev/shm/${name}`).sort());
  t.deepEqual(server.objects(), [`${server.prefix}.${server.node}.lock`]);
  t.is(readFileSync(join('/dev/shm', `${server.prefix}.${server.node}.lock`), 'utf8'), '');
  t.regex((await runCli(purge)).stdout, /has no shared memory here/);
});

test.serial('status shows the node and its segments', async (t) => {
  const server = await startServer(t);
  await connect(t, server).set('one', 'x'.repeat(100));
  const { code, stdout } = await runCli(['status', '--url', server.url]);
  t.is(code, 0);
  t.regex(
    stdout,
    new RegExp(`^${server.node} +127\\.0\\.0\\.1:${server.port} +coordinator +up +default +1 +1 +64 +0 +█?░+ +1`, 'm'),
  );
  t.regex(stdout, new RegExp(`^/dev/shm/${server.prefix}\\.${server.node}\\.s0001 +64 `, 'm'));
});

test.serial('each line of the log is JSON for machines', async (t) => {
  const server = await startServer(t);
  const lines = server
    .output()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; node?: string });
  t.is(lines.find(({ msg }) => msg === 'ready')?.node, server.node);
  t.true(existsSync(server.stateDir));
});
