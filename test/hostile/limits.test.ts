/** Requests that are too long, too many, too slow or never complete: refused or closed, and never kept in memory. */
import test, { type ExecutionContext } from 'ava';
import { request } from '../resp/feeding.js';
import { rawClient, RawClient } from '../support/raw-client.js';
import { startTarget, wellFormed, type Target } from './target.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const fatal = (text: string) => `-ERR Protocol error: ${text}`;

interface FatalCase {
  stream: string;
  text: string;
}

const fatalCases: FatalCase[] = [
  { stream: '*x\r\n', text: 'invalid multibulk length' },
  { stream: '*5000000000\r\n', text: 'invalid multibulk length' },
  { stream: '*33554431\r\n$1\r\n', text: 'invalid multibulk length' },
  { stream: '*1\r\n$-1\r\n', text: 'invalid bulk length' },
  { stream: '*1\r\n$+4\r\n', text: 'invalid bulk length' },
  { stream: '*1\r\n$04\r\n', text: 'invalid bulk length' },
  { stream: `*1\r\n$${2 ** 40}\r\n`, text: 'invalid bulk length' },
  { stream: '*1\r\n:4\r\n', text: "expected '$', got ':'" },
  { stream: '*1\r\n*1\r\n'.repeat(50_000), text: "expected '$', got '*'" },
  { stream: `*${'1'.repeat(70 * KIB)}`, text: 'too big mbulk count string' },
  { stream: `*1\r\n$${'1'.repeat(70 * KIB)}`, text: 'too big bulk count string' },
  { stream: 'x'.repeat(70 * KIB), text: 'too big inline request' },
  { stream: 'SET a "b\r\n', text: 'unbalanced quotes in request' },
];

test('what breaks the protocol is named, behind the replies of what came before, and the connection is closed', async (t) => {
  const target = await startTarget(t);
  for (const { stream, text } of fatalCases) {
    const said = await target.play([Buffer.concat([request('PING'), latin1(stream), request('PING')])]);
    t.deepEqual(wellFormed(said), ['+PONG', fatal(text)], stream.slice(0, 40));
  }
  await target.assertWell(t);
});

const unauthenticatedCases: [title: string, stream: Buffer, replies: RegExp[]][] = [
  ['eleven arguments', latin1('*11\r\n'), [/^-ERR Protocol error: unauthenticated multibulk length$/]],
  [
    'a bulk of 16 KiB and a byte',
    latin1('*2\r\n$4\r\nAUTH\r\n$16385\r\n'),
    [/^-ERR Protocol error: unauthenticated bulk length$/],
  ],
  ['a count beyond all limits', latin1('*5000000000\r\n'), [/^-ERR Protocol error: invalid multibulk length$/]],
  ['an unknown command', request('NOPE'), [/^-ERR unknown command/]],
  ['a wrong arity', request('GET'), [/^-ERR wrong number of arguments/]],
  ['a known command', request('GET', 'x'), [/^-NOAUTH /]],
  ['a wrong password', request('AUTH', 'x'.repeat(16 * KIB)), [/^-WRONGPASS /]],
  [
    'eleven arguments in the chunk of its AUTH',
    Buffer.concat([request('AUTH', 'sesame'), request('EXISTS', ...Array.from('abcdefghij'))]),
    [/^\+OK$/, /^:0$/],
  ],
  ['inline', latin1('GET x\r\nAUTH sesame\r\nGET x\r\n'), [/^-NOAUTH /, /^\+OK$/, /^\$-1$/]],
  ['HELLO with a password', request('HELLO', '3', 'AUTH', 'default', 'sesame'), [/^%/]],
];

test('before AUTH the limits are narrow', async (t) => {
  const target = await startTarget(t, { config: { security: { password: 'sesame' } } });
  for (const [title, stream, wanted] of unauthenticatedCases) {
    for (const chunks of [
      [stream],
      Array.from(stream.subarray(0, 60), (_byte, i) => stream.subarray(i, i + 1)).concat([stream.subarray(60)]),
    ]) {
      const clients = chunks.filter((chunk) => chunk.length > 0);
      const client = await rawClient(t, target.server.port);
      for (const chunk of clients) await client.send(chunk);
      const replies = wellFormed(await client.untilClosed());
      t.is(replies.length, wanted.length, title);
      wanted.forEach((pattern, i) =>
        t.regex(typeof replies[i] === 'string' ? replies[i] : (replies[i]![0] as string), pattern, title),
      );
    }
  }
});

/** Opens that many connections, each of which sends the same and then nothing more. */
async function crowd(t: ExecutionContext, target: Target, count: number, bytes: Buffer): Promise<RawClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => rawClient(t, target.server.port)));
  await Promise.all(clients.map((client) => client.send(bytes)));
  await target.ask('PING');
  return clients;
}

/** Bytes of memory that each connection in a crowd costs. */
async function costs(t: ExecutionContext, target: Target, count: number, bytes: Buffer): Promise<number> {
  const before = target.memory();
  const clients = await crowd(t, target, count, bytes);
  const cost = (target.memory() - before) / count;
  for (const client of clients) client.destroy();
  return cost;
}

test('what is announced and never sent costs nothing', async (t) => {
  const target = await startTarget(t, { config: { log: { level: 'info' }, limits: { reserved_bytes_max: '32 GiB' } } });
  // What the first connections of a server cost once.
  await crowd(t, target, 200, request('PING'));
  const announced: [title: string, stream: Buffer][] = [
    ['a million arguments', latin1('*1048576\r\n$1\r\n')],
    ['an argument of 64 MiB', latin1(`*2\r\n$3\r\nGET\r\n$${64 * MIB}\r\nx`)],
    ['a value of 4 GiB that has no room', latin1(`*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$${4 * GIB}\r\nx`)],
    ['a value for a command that is not there', latin1(`*2\r\n$4\r\nNOPE\r\n$${GIB}\r\nx`)],
    [
      'a request of many long arguments',
      Buffer.concat([latin1('*1000000\r\n'), ...Array<Buffer>(100).fill(latin1('$5\r\nhello\r\n'))]),
    ],
  ];
  for (const [title, stream] of announced) {
    const cost = await costs(t, target, 100, stream);
    t.true(cost < 64 * KIB, `${title}: ${Math.round(cost / KIB)} KiB for each connection`);
  }
  await target.assertWell(t);
});

test('values announced and never sent give their room back when their time is over', async (t) => {
  // Long enough for the looks in between on a busy machine.
  const target = await startTarget(t, { config: { limits: { half_sent_ms: 4000 } } });
  const before = await target.freeBytes();
  const client = await rawClient(t, target.server.port);
  const words = '*5\r\n$13\r\nFABRIC.INSERT\r\n$1\r\nx\r\n$0\r\n\r\n$5\r\nbytes\r\n';
  await client.send(Buffer.concat([latin1(`${words}$${40 * MIB}\r\n`), Buffer.alloc(MIB)]));
  await target.ask('PING');
  t.regex((await target.ask('FABRIC.INSERT', 'x', '', 'bytes', 'y')) as string, /^-EXISTS the name is being written/);
  await client.untilClosed({ end: false });
  await target.assertFree(t, before);
  t.is(await target.ask('GET', 'x'), '$-1');
  await target.assertWell(t);
});

test('a client that sends a byte now and then is given up when it stops', async (t) => {
  const target = await startTarget(t, { config: { limits: { half_sent_ms: 500 } } });
  const slow = await rawClient(t, target.server.port);
  for (const byte of latin1('*2\r\n$3\r\nGET\r\n$9\r\nhal')) {
    await slow.send(Buffer.of(byte));
    await target.ask('PING');
  }
  const said = wellFormed(await slow.untilClosed({ end: false }));
  t.deepEqual(said, ['-ERR a request stayed half-sent for 500 ms']);
  await target.assertWell(t);
});

/** To the one whose request grew too much, or to the longest then. */
const REFUSED = /^-ERR (?:Protocol error: )?the unfinished requests of all clients are .*\r\n$/;

/** Waits for so many refusals; returns the most memory it saw. */
async function untilRefused(target: Target, clients: readonly RawClient[], count: number): Promise<number> {
  let memoryMax = 0;
  while (clients.filter((client) => REFUSED.test(client.received.toString())).length < count) {
    await target.ask('PING');
    memoryMax = Math.max(memoryMax, target.memory());
  }
  return memoryMax;
}

test('long arguments of many unfinished requests are refused before they fill the memory', async (t) => {
  const target = await startTarget(t, { config: { log: { level: 'info' }, limits: { input_bytes_max: '96 MiB' } } });
  const before = target.memory();
  const part = Buffer.concat([latin1('*4\r\n$3\r\nDEL\r\n'), latin1(`$${16 * MIB}\r\n`), Buffer.alloc(15 * MIB)]);
  const clients = await crowd(t, target, 16, part);
  const heldMax = await untilRefused(target, clients, 10);
  t.true(heldMax - before < 300 * MIB, `${Math.round(heldMax / MIB)} MiB`);
  await target.assertWell(t);
});

test('many small arguments of many unfinished requests are refused before they fill the memory', async (t) => {
  const target = await startTarget(t, { config: { log: { level: 'info' }, limits: { input_bytes_max: '96 MiB' } } });
  const part = Buffer.concat([latin1('*1000000\r\n$3\r\nDEL\r\n'), Buffer.alloc(7 * 400_000, '$1\r\nx\r\n')]);
  const before = target.memory();
  const clients = await crowd(t, target, 12, part);
  const heldMax = await untilRefused(target, clients, 11);
  t.true(heldMax - before < 400 * MIB, `${Math.round(heldMax / MIB)} MiB`);
  for (const client of clients) client.destroy();
  await target.assertWell(t);
  // The room is there again for others.
  const long = Buffer.concat([latin1('*300001\r\n$6\r\nEXISTS\r\n'), Buffer.alloc(7 * 300_000, '$1\r\nx\r\n')]);
  t.is((await target.play([long])).toString(), ':0\r\n');
});

test('a client that takes no replies is read no further', async (t) => {
  const target = await startTarget(t, { config: { log: { level: 'info' } } });
  await target.ask('SET', 'large', Buffer.alloc(4096, 'x'));
  const before = target.memory();
  const pipeline = Buffer.concat(Array<Buffer>(20_000).fill(request('GET', 'large')));
  const clients = await Promise.all(Array.from({ length: 100 }, () => rawClient(t, target.server.port)));
  for (const client of clients) client.socket.pause();
  for (const client of clients) void client.send(pipeline);
  for (let i = 0; i < 200; i++) t.is(await target.ask('PING'), '+PONG');
  const each = (target.memory() - before) / clients.length;
  t.true(each < 4 * MIB, `${Math.round(each / KIB)} KiB for each connection`);
  for (const client of clients) client.destroy();
  await target.assertWell(t);
});
