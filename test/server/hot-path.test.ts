/** A server whose sockets answer plain requests by themselves is told from one that doesn't by nothing but its speed. */
import { once } from 'node:events';
import { truncateSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { encodeRequest } from '../support/raw-resp.js';
import { startServer, type TestServer } from '../support/server.js';

const LARGE = 'L'.repeat(70_000);
const END = 'that was all';

/** Sends the chunks one after the other and answers all that comes back before the echo of `END`. */
async function converse(socket: Socket, chunks: readonly Buffer[]): Promise<string> {
  const end = `$${END.length}\r\n${END}\r\n`;
  let received = '';
  const done = new Promise<void>((resolve, reject) => {
    socket.on('error', reject).on('close', resolve);
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      if (received.endsWith(end)) resolve();
    });
  });
  for (const chunk of chunks) if (!socket.write(chunk)) await once(socket, 'drain');
  // The first is for CLIENT REPLY SKIP to swallow.
  for (const words of [['PING'], ['ECHO', END]]) socket.write(encodeRequest(words));
  await done;
  socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error');
  return received;
}

async function client(t: ExecutionContext, server: TestServer): Promise<Socket> {
  const socket = connect({ port: server.port, host: server.host, noDelay: true });
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const name = fc.constantFrom(
  'a',
  'tenant/b',
  'absent',
  'large',
  'empty',
  'default/a',
  '',
  '/a',
  'a/',
  'n'.repeat(513),
  'é',
);
/** Short ones, and such as are stored before they are all there. */
const payload = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(20_000, 70_000, 150_000).map((length) => 'P'.repeat(length)) },
);
const type = fc.constantFrom('bytes', '4 * uint8', 'var * int16', 'nonsense', 'bytes ', 'string');
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom('GET', 'get', 'EXISTS', 'STRLEN', 'FABRIC.LOCATE', 'fabric.locate'), name),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('FABRIC.PTR', 'fabric.ptr'), name),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ['PING'],
      ['ping', 'hello'],
      ['PING', 'a', 'b'],
      ['GET'],
      ['EXISTS', 'a', 'a', 'absent'],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('SET', 'set'), name, payload),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constant('FABRIC.INSERT'), name, fc.constantFrom('', 'about', 'ö'), type, payload),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('fabric.insert'),
      name,
      fc.constant(''),
      type,
      fc.constantFrom('REPLACE', 'replace', 'PLACE'),
      fc.constantFrom('BYTES', 'bytes', 'FILE'),
      payload,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ['DEL', 'a'],
      ['FABRIC.LOCATE', 'a', 'WAIT', 'x'],
      ['FABRIC.LOCATE', 'a', 'wait', '1'],
      ['FABRIC.LOCATE', 'a', 'WAIT', '99999999999'],
      ['FABRIC.LOCATE', 'a', 'WAIT', '1', 'x'],
      ['FABRIC.PTR', 'a', 'SLOT', '0'],
      ['FABRIC.PTR', 'a', 'SLOT', 'x'],
      ['FABRIC.PTR', 'a', 'LEASE', '1'],
      ['FABRIC.RELEASE', 'elsewhere:0123456789abcdef'],
      ['NONSENSE'],
      ['HELLO', '3'],
      ['HELLO', '2'],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(['CLIENT', 'REPLY', 'SKIP'], ['CLIENT', 'SETNAME', 'x'], ['RESET'], ['TIME', 'x']),
  },
);
const conversation = fc.tuple(
  fc.array(command, { minLength: 1, maxLength: 60 }),
  fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 20 }),
);

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) break;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  chunks.push(bytes.subarray(at));
  return chunks;
}

/** What differs from server to server, or with the time that quarantined extents have left: names, places, numbers given. */
const neutral = (text: string, server: TestServer) =>
  text
    .replaceAll(server.node, 'node')
    .replaceAll(/\$\d+\r\n\/[^\r]*\r\n:\d+/g, 'place')
    .replaceAll(/(?<=node:)[0-9a-f]{16}/g, 'token')
    .replaceAll(/(?<=\$3\r\nshm\r\n)\$\d+\r\n\/[^\r]*\r\n\$6\r\noffset\r\n:\d+/g, 'place')
    .replaceAll(/(?<=inode\r\n):\d+/g, 'inode')
    .replaceAll(/:\d{7,}/g, ':xid')
    .replaceAll(/xid=\d+/g, 'xid')
    .replaceAll(/\$2\r\nid\r\n:\d+/g, 'id');

test('replies are the same, whatever is asked and however it is split', async (t) => {
  const hot = await startServer(t);
  // A server that notes every request sees every request.
  const cold = await startServer(t, { config: { slowlog: { slower_than_microseconds: 0 } } });
  const prepare = [
    ['RESET'],
    ['FLUSHALL'],
    ['SET', 'a', 'hello'],
    ['SET', 'tenant/b', 'x'],
    ['SET', 'large', LARGE],
    ['SET', 'empty', ''],
    ['SET', 'é', 'binary'],
  ].map(encodeRequest);
  const [hotSocket, coldSocket] = [await client(t, hot), await client(t, cold)];
  await fc.assert(
    fc.asyncProperty(conversation, async ([commands, sizes]) => {
      const stream = Buffer.concat(commands.map((words) => encodeRequest(words)));
      const talk = async (server: TestServer, socket: Socket) => {
        await converse(socket, prepare);
        return neutral(await converse(socket, cut(stream, sizes)), server);
      };
      const [given, expected] = await Promise.all([talk(hot, hotSocket), talk(cold, coldSocket)]);
      t.is(given, expected);
    }),
    { numRuns: 150 },
  );
});

test('a pin taken and released by the sockets is known to all', async (t) => {
  const server = await startServer(t);
  const socket = await client(t, server);
  const ask = (...words: string[]) => converse(socket, [encodeRequest(words)]);
  await ask('SET', 'a', 'hello');
  const [pin] = /[^\r\n]+:[0-9a-f]{16}/.exec(await ask('FABRIC.PTR', 'a'))!;
  t.regex(await ask('FABRIC.INFO', 'a'), /\$4\r\npins\r\n:1\r/);
  t.regex(await ask('FABRIC.RELEASE', pin), /^:0\r/);
  t.regex(await ask('FABRIC.RELEASE', pin), /^-NOTFOUND /);
  const stats = await ask('INFO', 'everything');
  t.regex(stats, /cmdstat_fabric\.ptr:calls=1,/);
  t.regex(stats, /cmdstat_fabric\.release:calls=2,/);
  t.regex(stats, /total_pins:1\r/);
});

const half = (value: string) => encodeRequest(['SET', 'half', value]).subarray(0, 50_000);

const reservedBytes = async (asker: Socket, bytes: number) =>
  (await converse(asker, [encodeRequest(['INFO', 'everything'])])).includes(`reserved_bytes:${bytes}\r`);

/** Sends the first part of a bulk, which the server has begun to store when this resolves. */
async function begin(socket: Socket, asker: Socket): Promise<void> {
  socket.write(half(LARGE));
  while (!(await reservedBytes(asker, LARGE.length))) continue;
}

test('a bulk whose sender goes leaves nothing', async (t) => {
  const server = await startServer(t);
  const socket = await client(t, server);
  await converse(socket, [encodeRequest(['PING'])]);
  const other = await client(t, server);
  await begin(socket, other);
  socket.destroy();
  while (!(await reservedBytes(other, 0))) continue;
  t.regex(await converse(other, [encodeRequest(['GET', 'half'])]), /^\$-1\r/);
});

test('a bulk that stays half-sent ends its connection', async (t) => {
  const server = await startServer(t, { config: { limits: { half_sent_ms: 1000 } } });
  const socket = await client(t, server);
  await converse(socket, [encodeRequest(['PING'])]);
  socket.write(half(LARGE));
  await once(socket.on('error', () => undefined).resume(), 'close');
  t.pass();
});

test('a bulk that has begun is stored before the server goes', async (t) => {
  const server = await startServer(t);
  const socket = await client(t, server);
  await converse(socket, [encodeRequest(['PING'])]);
  const other = await client(t, server);
  await begin(socket, other);
  const stopped = server.kill('SIGTERM');
  // The drain ends idle connections at once.
  await once(other.resume(), 'close');
  socket.write(encodeRequest(['SET', 'half', LARGE]).subarray(50_000));
  const [reply] = (await once(socket, 'data')) as [Buffer];
  t.is(reply.toString(), '+OK\r\n');
  t.is((await stopped).code, 0);
});

test('who waits for a name is woken', async (t) => {
  const server = await startServer(t);
  const [writer, reader] = [await client(t, server), await client(t, server)];
  await converse(writer, [encodeRequest(['PING'])]);
  for (const value of ['short', LARGE]) {
    const found = converse(reader, [encodeRequest(['FABRIC.LOCATE', 'awaited', 'WAIT', '0'])]);
    while (!(await converse(writer, [encodeRequest(['INFO', 'clients'])])).includes('blocked_clients:1\r')) continue;
    await converse(writer, [encodeRequest(['SET', 'awaited', value])]);
    t.regex(await found, new RegExp(`:${value.length}\\r\\n`));
    await converse(writer, [encodeRequest(['DEL', 'awaited'])]);
  }
});

test('a segment that is truncated meanwhile is an error, after the bulk', async (t) => {
  const server = await startServer(t);
  const [socket, other] = [await client(t, server), await client(t, server)];
  await converse(socket, [encodeRequest(['PING'])]);
  await begin(socket, other);
  truncateSync(`/dev/shm/${server.prefix}.${server.node}.s0001`, 0);
  const replies = await converse(socket, [encodeRequest(['SET', 'half', LARGE]).subarray(50_000)]);
  t.regex(replies, /^-ERR segment .* was truncated/);
  t.true(replies.includes('+PONG'));
});

test('long pipelines are answered whole and in order', async (t) => {
  const server = await startServer(t);
  const socket = await client(t, server);
  await converse(socket, [encodeRequest(['SET', 'a', 'hello'])]);
  const count = 100_000;
  const stream = Buffer.concat(
    Array.from({ length: count }, (_, i) => encodeRequest(i % 1000 === 999 ? ['ECHO', `e${i}`] : ['PING', `p${i}`])),
  );
  const received = await converse(socket, [stream]);
  const values = received.split('\r\n').filter((line) => /^[pe]\d+$/.test(line));
  t.deepEqual(
    values,
    Array.from({ length: count }, (_, i) => `${i % 1000 === 999 ? 'e' : 'p'}${i}`),
  );
});

test('INFO, CLIENT LIST and CONFIG RESETSTAT know of them', async (t) => {
  const server = await startServer(t);
  const socket = await client(t, server);
  const ask = (...words: string[]) => converse(socket, [encodeRequest(words)]);
  await ask('CONFIG', 'RESETSTAT');
  const gets = Array.from({ length: 50 }, () => encodeRequest(['GET', 'absent']));
  await converse(socket, gets);
  const stats = await ask('INFO', 'everything');
  t.regex(stats, /cmdstat_get:calls=50,/);
  t.regex(stats, /total_misses:50\r/);
  const other = await client(t, server);
  socket.write(encodeRequest(['STRLEN', 'absent']));
  await once(socket, 'data');
  t.regex(await converse(other, [encodeRequest(['CLIENT', 'LIST'])]), /cmd=strlen /);
  await ask('CONFIG', 'RESETSTAT');
  t.notRegex(await ask('INFO', 'commandstats'), /cmdstat_get/);
});

test('CLIENT PAUSE holds them back, CLIENT UNPAUSE lets them go', async (t) => {
  const server = await startServer(t);
  const [admin, reader] = [await client(t, server), await client(t, server)];
  await converse(reader, [encodeRequest(['PING'])]);
  const ask = async (...words: string[]) => {
    admin.write(encodeRequest(words));
    const [reply] = (await once(admin, 'data')) as [Buffer];
    return reply.toString();
  };
  t.is(await ask('CLIENT', 'PAUSE', '60000', 'ALL'), '+OK\r\n');
  let received = '';
  reader.on('data', (bytes) => (received += bytes.toString()));
  reader.write(encodeRequest(['GET', 'absent']));
  // Turns of the server go by, in any of which it would have answered.
  for (let turn = 0; turn < 20; turn++) t.is(await ask('RESET'), '+RESET\r\n');
  t.is(received, '');
  t.is(await ask('CLIENT', 'UNPAUSE'), '+OK\r\n');
  if (received === '') await once(reader, 'data');
  t.is(received, '$-1\r\n');
});

test('SLOWLOG notes them from the start when it is to note everything', async (t) => {
  const server = await startServer(t, { config: { slowlog: { slower_than_microseconds: 0 } } });
  const socket = await client(t, server);
  await converse(socket, [encodeRequest(['GET', 'noticed'])]);
  t.regex(await converse(socket, [encodeRequest(['SLOWLOG', 'GET', '10'])]), /noticed/);
});

test('SLOWLOG notes them once it is to note everything', async (t) => {
  const server = await startServer(t);
  const socket = await client(t, server);
  await converse(socket, [encodeRequest(['CONFIG', 'SET', 'slowlog-log-slower-than', '0'])]);
  await converse(socket, [encodeRequest(['GET', 'noticed'])]);
  t.regex(await converse(socket, [encodeRequest(['SLOWLOG', 'GET', '10'])]), /noticed/);
});
