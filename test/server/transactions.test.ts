/** MULTI and EXEC on a connection: what is queued, given up, awaited and sent. */
import test from 'ava';
import { request } from '../resp/feeding.js';
import { Rig } from './rig.js';

const [MULTI, EXEC, DISCARD, PING] = ['MULTI', 'EXEC', 'DISCARD', 'PING'].map((word) => request(word)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];
const LENGTH = 40_000;
const payload = Buffer.alloc(LENGTH, 'ab');
const sink = request('SINK', 'name', payload);
const QUEUED = '+QUEUED\r\n';

test('a large bulk is received at once and completed by EXEC', (t) => {
  const rig = new Rig();
  t.is(rig.send(MULTI, PING, sink), `+OK\r\n${QUEUED}${QUEUED}`);
  const [target] = rig.commands.targets;
  t.is(target!.events.length, 1);
  t.is(rig.send(EXEC, PING), '*2\r\n+PONG\r\n+OK\r\n+PONG\r\n');
  t.deepEqual(target!.events.slice(1), [`complete ${LENGTH}`]);
});

test('the room of a large bulk is given up by DISCARD, an error, RESET of the connection and its end', (t) => {
  const ends: ((rig: Rig) => void)[] = [
    (rig) => t.is(rig.send(DISCARD), '+OK\r\n'),
    (rig) => t.regex(rig.send(request('NONSENSE')), /^-ERR unknown/),
    (rig) => rig.connection.destroy(),
    (rig) => rig.connection.closed(() => undefined),
  ];
  for (const end of ends) {
    const rig = new Rig();
    rig.send(MULTI, sink);
    end(rig);
    t.is(rig.commands.targets[0]!.events.at(-1), 'abandon');
  }
});

test('after an error nothing is kept, and EXEC says so', (t) => {
  const rig = new Rig();
  rig.send(MULTI, request('GET'));
  t.regex(rig.send(request('NONSENSE')), /^-ERR/);
  t.is(rig.send(sink, request('ECHO', 'x'.repeat(1000))), QUEUED + QUEUED);
  t.is(rig.commands.targets[0]!.events.at(-1), 'abandon');
  t.is(rig.connection.session.transaction!.heapBytes, 0);
  t.is(rig.send(EXEC, PING), '-EXECABORT Transaction discarded because of previous errors.\r\n+PONG\r\n');
});

test('a refused bulk spoils the transaction too', (t) => {
  const rig = new Rig();
  rig.commands.openError = new Error('no room');
  t.regex(rig.send(MULTI, sink), /^\+OK\r\n-ERR internal error: no room\r\n$/);
  t.regex(rig.send(EXEC), /^-EXECABORT /);
});

test('a transaction may hold so much and no more', (t) => {
  const rig = new Rig((config) => (config.limits.transactionBytesMax = 10_000));
  t.is(rig.send(MULTI, request('ECHO', 'x'.repeat(9000))), `+OK\r\n${QUEUED}`);
  t.regex(rig.send(request('ECHO', 'x'.repeat(1000))), /^-OOM .*limits\.transaction_bytes_max \(10000\)/);
  t.is(rig.connection.session.transaction!.heapBytes, 0);
  t.regex(rig.send(EXEC, PING), /^-EXECABORT .*\r\n\+PONG\r\n$/);
  t.is(rig.connection.session.transaction, undefined);
});

test('many small arguments count with their overhead', (t) => {
  const rig = new Rig((config) => (config.limits.transactionBytesMax = 10_000));
  rig.send(MULTI);
  const answers = Array.from({ length: 50 }, () => rig.send(request('ECHO', 'x')));
  t.is(
    answers.findIndex((answer) => answer.startsWith('-OOM')),
    38,
  );
});

test('queued arguments do not change with the network buffer they came in', (t) => {
  const rig = new Rig();
  const bytes = Buffer.concat([MULTI, request('ECHO', 'precious')]);
  rig.send(bytes);
  bytes.fill(0);
  t.is(rig.send(EXEC), '*1\r\n$8\r\nprecious\r\n');
});

test('what answers later holds the rest up, and what follows', async (t) => {
  const rig = new Rig();
  t.is(
    rig.send(MULTI, PING, request('WAIT'), request('ECHO', 'x'), EXEC, PING),
    `+OK\r\n${QUEUED.repeat(3)}*3\r\n+PONG\r\n`,
  );
  t.false(rig.connection.session.plain);
  rig.commands.waits[0]!.resolve('done');
  t.is(await rig.settled(), '$4\r\ndone\r\n$1\r\nx\r\n+PONG\r\n');
  t.true(rig.connection.session.plain);
});

test('EXEC is brought to its end when the client is gone, and only then is the connection forgotten', async (t) => {
  const rig = new Rig();
  let forgotten = 0;
  rig.send(MULTI, request('WAIT'), request('WAIT'), PING, EXEC);
  rig.connection.closed(() => forgotten++);
  rig.commands.waits[0]!.resolve('done');
  await rig.settled();
  t.is(rig.commands.waits.length, 2);
  t.is(forgotten, 0);
  rig.commands.waits[1]!.resolve('done');
  t.is(await rig.settled(), '');
  t.is(forgotten, 1);
  t.is(rig.metrics.command('ping').calls, 1);
});

test('EXEC waits for a reader who owes too much, and no longer than for its end', async (t) => {
  const rig = new Rig((config) => (config.limits.outputBufferBytesMax = 65_536));
  const echo = request('ECHO', 'x'.repeat(30_000));
  rig.config.limits.transactionBytesMax = 1 << 20;
  rig.send(MULTI, ...Array.from({ length: 10 }, () => echo));
  rig.transport.full = true;
  rig.connection.data(EXEC);
  const called = rig.metrics.command('echo').calls;
  t.true(called >= 2 && called < 6, `${called} of 10 ran`);
  rig.transport.full = false;
  const first = rig.transport.taken();
  rig.connection.drain();
  t.is(first.length + (await rig.settled()).length, 5 + 10 * 30_010);
  t.is(rig.metrics.command('echo').calls, 10);
});

test('a reply of nothing has its place among the others', (t) => {
  const rig = new Rig();
  rig.commands.reply = { kind: 'none' };
  t.is(rig.send(MULTI, request('REPLY'), PING, EXEC), `+OK\r\n${QUEUED.repeat(2)}*2\r\n$-1\r\n+PONG\r\n`);
});

test('payloads and encoded arrays have their places too', (t) => {
  const rig = new Rig();
  rig.commands.reply = { kind: 'payload', entry: 7, offset: 1, length: 5 };
  t.is(rig.send(MULTI, request('REPLY'), EXEC), `+OK\r\n${QUEUED}*1\r\n$5\r\n<7:1+5>\r\n`);
  rig.commands.reply = { kind: 'encoded', items: 2, chunks: [Buffer.from('$1\r\na\r\n$1'), Buffer.from('\r\nb\r\n')] };
  t.is(rig.send(MULTI, request('REPLY'), EXEC), `+OK\r\n${QUEUED}*1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n`);
});

test('messages to oneself follow the array', (t) => {
  const rig = new Rig();
  rig.connection.session.protocol = 3;
  rig.send(request('SUBSCRIBE', 'c'));
  const message = '>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n';
  t.is(rig.send(request('PUBLISH', 'c', 'x')), `${message}:1\r\n`);
  t.is(
    rig.send(MULTI, request('PUBLISH', 'c', 'x'), PING, EXEC),
    `+OK\r\n${QUEUED.repeat(2)}*2\r\n:1\r\n+PONG\r\n${message}`,
  );
});

test('with replies off nothing of it is sent', (t) => {
  const rig = new Rig();
  rig.send(MULTI, PING);
  rig.connection.session.replyMode = 'off';
  t.is(rig.send(EXEC), '');
  t.is(rig.metrics.command('ping').calls, 1);
});

test('a pause of writes holds EXEC back only when it writes', async (t) => {
  const rig = new Rig();
  const pause = () => {
    rig.gate.writesOnly = true;
    rig.gate.untilMs = rig.nowMs + 60_000;
  };
  pause();
  t.is(rig.send(MULTI, request('GET', 'a'), EXEC), `+OK\r\n${QUEUED}*1\r\n$-1\r\n`);
  rig.gate.untilMs = undefined;
  rig.send(MULTI, request('SET', 'a', '1'));
  pause();
  t.is(rig.send(EXEC), '');
  rig.gate.untilMs = undefined;
  t.is(await rig.settled(), '*1\r\n+OK\r\n');
  t.deepEqual(rig.attention, [true, false, true, false]);
});
