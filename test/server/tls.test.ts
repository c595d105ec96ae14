import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, truncateSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { request } from '../resp/feeding.js';
import { Authority } from '../support/certificates.js';
import { runCli } from '../support/cli.js';
import { startServer, TestServer, type ServerOptions } from '../support/server.js';

const authority = new Authority();
const stranger = new Authority();
const own = authority.issue('server');
const member = authority.issue('client');
const ca = readFileSync(authority.ca);
const pem = ({ cert, key }: { cert: string; key: string }) => ({ cert: readFileSync(cert), key: readFileSync(key) });

const options = (tls: Record<string, string | number> = {}): ServerOptions => ({
  config: { tls: { hosts: ['127.0.0.1'], port: 0, ...own, ...tls }, times: { quarantine_ms: 0 } },
});
const server = new TestServer(options());
test.before(() => server.start());
test.after.always(async () => {
  await server.dispose();
  authority.dispose();
  stranger.dispose();
});

async function open(t: ExecutionContext, to: TestServer, more: ConnectionOptions = {}): Promise<TLSSocket> {
  const halfOpen = { host: to.host, port: to.tlsPort, ca, allowHalfOpen: true };
  const socket = connect({ ...halfOpen, ...more });
  t.teardown(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** The first so many bytes. */
async function take(socket: TLSSocket, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    parts.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= bytes) break;
  }
  return Buffer.concat(parts);
}

/** Everything until the end. */
async function rest(socket: TLSSocket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of socket) parts.push(chunk as Buffer);
  return Buffer.concat(parts);
}

/** A program's output, given its input. */
async function output(command: string, args: readonly string[], input: Buffer | string = ''): Promise<Buffer> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const parts: Buffer[] = [];
  for await (const chunk of child.stdout) parts.push(chunk as Buffer);
  return Buffer.concat(parts);
}

const PAYLOAD = randomBytes(8_000_000);
const redisCli = (...args: readonly string[]) => [
  '--tls',
  '--cacert',
  authority.ca,
  '-p',
  `${server.tlsPort}`,
  ...args,
];

test('redis-cli, with a large payload in and out', async (t) => {
  t.is((await output('redis-cli', redisCli('PING'))).toString(), 'PONG\n');
  t.is((await output('redis-cli', redisCli('-x', 'SET', 'cli'), PAYLOAD)).toString(), 'OK\n');
  const back = await output('redis-cli', redisCli('GET', 'cli'));
  t.true(back.subarray(0, -1).equals(PAYLOAD));
});

for (const RESP of [2, 3] as const) {
  test(`node-redis, RESP${RESP}`, async (t) => {
    const client = createClient({ url: `rediss://127.0.0.1:${server.tlsPort}`, RESP, socket: { tls: true, ca } });
    client.on('error', () => undefined);
    await client.connect();
    t.teardown(() => client.destroy());
    const value = 'x'.repeat(1_000_000);
    await client.set(`redis${RESP}`, value);
    t.is(await client.get(`redis${RESP}`), value);
    await Promise.all(Array.from({ length: 1000 }, (_, i) => client.set(`redis${RESP}-${i}`, `${i}`)));
    t.is(await client.get(`redis${RESP}-999`), '999');
  });
}

test('ioredis', async (t) => {
  const client = new Redis({ host: server.host, port: server.tlsPort, tls: { ca } });
  t.teardown(() => client.disconnect());
  await client.set('ioredis', PAYLOAD);
  t.true((await client.getBuffer('ioredis'))!.equals(PAYLOAD));
});

test('openssl s_client, up to QUIT', async (t) => {
  const address = `127.0.0.1:${server.tlsPort}`;
  const text = await output(
    'openssl',
    ['s_client', '-quiet', '-verify_quiet', '-CAfile', authority.ca, '-connect', address],
    'PING\r\nECHO hello\r\nQUIT\r\n',
  );
  t.is(text.toString(), '+PONG\r\n$5\r\nhello\r\n+OK\r\n');
});

test('a client that closes its sending side gets the replies it is owed, large ones too', async (t) => {
  const socket = await open(t, server);
  socket.end(Buffer.concat([request('SET', 'half', PAYLOAD), request('GET', 'half'), request('PING')]));
  const replies = await rest(socket);
  t.is(replies.subarray(0, 5).toString(), '+OK\r\n');
  t.is(replies.length, '+OK\r\n$8000000\r\n\r\n+PONG\r\n'.length + PAYLOAD.length);
  t.true(replies.subarray(15, 15 + PAYLOAD.length).equals(PAYLOAD));
});

test('numbers of connections are counted together', async (t) => {
  const idOf = async (socket: Socket) => {
    socket.write('CLIENT ID\r\n');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return Number(reply.toString().slice(1));
  };
  const one = await idOf(await open(t, server));
  const plain = connectPlain(server.port, server.host);
  t.teardown(() => plain.destroy());
  const two = await idOf(plain);
  const three = await idOf(await open(t, server));
  t.true(one < two && two < three, `${one} ${two} ${three}`);
});

test('a refused payload is dropped, and the connection goes on', async (t) => {
  const socket = await open(t, server);
  socket.write(request('FABRIC.INSERT', 'refused', '', '3 * int32', 'BYTES', PAYLOAD));
  socket.write(request('PING'));
  const expected =
    "-TYPE '3 * int32' has 12 bytes, the payload 8000000: send as many as the type says, or say another type\r\n+PONG\r\n";
  t.is((await take(socket, expected.length)).toString(), expected);
});

test('a client that goes in the middle of a payload leaves nothing behind', async (t) => {
  const alone = await startServer(t, options());
  const socket = await open(t, alone);
  socket.write(request('SET', 'cut', PAYLOAD).subarray(0, 4_000_000));
  const redis = new Redis(alone.port, alone.host);
  t.teardown(() => redis.disconnect());
  const used = async () => /used_bytes,(\d+)/.exec(String(await redis.call('FABRIC.SEGMENTS')))?.[1];
  while ((await used()) === '0') await new Promise(setImmediate);
  socket.destroy();
  while ((await used()) !== '0') await new Promise(setImmediate);
  t.is(await redis.exists('cut'), 0);
});

test('a variable that is deleted while it is sent arrives whole', async (t) => {
  const alone = await startServer(t, options());
  const redis = new Redis(alone.port, alone.host);
  t.teardown(() => redis.disconnect());
  const value = randomBytes(30_000_000);
  await redis.set('sent', value);
  const socket = await open(t, alone);
  socket.write(request('GET', 'sent'));
  const first = await take(socket, 1);
  // The reader is slow: most of it is still to be read from the segment.
  await redis.del('sent');
  t.is(await redis.call('FABRIC.DEFRAG').then(() => redis.set('other', randomBytes(20_000_000))), 'OK');
  socket.end(request('PING'));
  const received = Buffer.concat([first, await rest(socket)]);
  t.true(received.subarray('$30000000\r\n'.length, -9).equals(value));
  t.is(received.subarray(-9).toString(), '\r\n+PONG\r\n');
});

test('a segment truncated under a reply costs that connection only', async (t) => {
  const alone = await startServer(t, options());
  const redis = new Redis(alone.port, alone.host);
  t.teardown(() => redis.disconnect());
  // More than the sockets' own buffers take.
  const length = 48 << 20;
  await redis.set('lost', Buffer.alloc(length));
  const segment = alone.objects().find((name) => name.includes('.s0'))!;
  const socket = await open(t, alone);
  socket.write(request('GET', 'lost'));
  const begun = await take(socket, 1);
  truncateSync(`/dev/shm/${segment}`, 4096);
  t.true(begun.length + (await rest(socket)).length < length);
  t.is(await redis.ping(), 'PONG');
});

test('SIGTERM lets a client have what it is owed', async (t) => {
  const alone = await startServer(t, options());
  const socket = await open(t, alone);
  socket.write(Buffer.concat([request('SET', 'owed', PAYLOAD), request('GET', 'owed')]));
  const first = await take(socket, 1);
  const exit = alone.kill('SIGTERM');
  t.is(Buffer.concat([first, await rest(socket)]).length, '+OK\r\n$8000000\r\n\r\n'.length + PAYLOAD.length);
  t.deepEqual(await exit, { code: 0, signal: null });
});

test('what is no TLS is turned away, and others are served', async (t) => {
  const plain = connectPlain(server.tlsPort, server.host);
  plain.on('error', () => undefined);
  plain.end('PING\r\n');
  plain.resume();
  await once(plain, 'close');
  const socket = await open(t, server);
  socket.write('PING\r\n');
  t.is((await take(socket, 7)).toString(), '+PONG\r\n');
});

/** What becomes of a PING. */
async function ping(t: ExecutionContext, to: TestServer, more: ConnectionOptions): Promise<string> {
  const socket = connect({ host: to.host, port: to.tlsPort, ca, ...more });
  t.teardown(() => socket.destroy());
  socket.write('PING\r\n');
  return Promise.race([
    once(socket, 'data').then(([bytes]) => String(bytes)),
    new Promise<string>((resolve) => socket.once('error', () => resolve('refused'))),
    once(socket, 'close').then(() => 'refused'),
  ]).catch(() => 'refused');
}

test('client certificates: required', async (t) => {
  const strict = await startServer(t, options({ ca: authority.ca, client_certificates: 'required' }));
  t.is(await ping(t, strict, pem(member)), '+PONG\r\n');
  t.is(await ping(t, strict, {}), 'refused');
  t.is(await ping(t, strict, pem(stranger.issue('client'))), 'refused');
});

test('client certificates: optional, but good if there is one', async (t) => {
  const lenient = await startServer(t, options({ ca: authority.ca, client_certificates: 'optional' }));
  t.is(await ping(t, lenient, pem(member)), '+PONG\r\n');
  t.is(await ping(t, lenient, {}), '+PONG\r\n');
  t.is(await ping(t, lenient, pem(stranger.issue('client'))), 'refused');
});

test('versions below the lowest are refused', async (t) => {
  const strict = await startServer(t, options({ min_version: 'TLSv1.3' }));
  t.is(await ping(t, strict, {}), '+PONG\r\n');
  t.is(await ping(t, strict, { maxVersion: 'TLSv1.2' }), 'refused');
});

test('the command line knows TLS: banner, status, config check', async (t) => {
  const alone = await startServer(t, {
    config: { ...options().config, listen: { hosts: [], port: 0 }, log: { format: 'pretty' } },
  });
  t.regex(alone.output(), new RegExp(`redis-cli --tls --cacert ${own.cert} -p ${alone.tlsPort} SET greeting`));
  const url = `rediss://127.0.0.1:${alone.tlsPort}`;
  const status = await runCli(['status', '--url', url, '--cacert', authority.ca]);
  t.regex(status.stdout, new RegExp(`tls:127\\.0\\.0\\.1:${alone.tlsPort}`), status.stderr);
  t.regex((await runCli(['status', '--url', url])).stderr, /cannot ask rediss:.*certificate/);
  t.regex((await runCli(['config', 'check', alone.configPath])).stdout, /is a valid configuration/);
});

test('a TLS port that is taken is named', async (t) => {
  const error = await t.throwsAsync(startServer(t, options({ port: server.tlsPort })));
  t.regex(error.message, new RegExp(`can't listen on 127\\.0\\.0\\.1:${server.tlsPort} with TLS: .*tls\\.port`));
});
