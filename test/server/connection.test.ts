import test from 'ava';
import { OK, type Reply } from '../../dist/resp/reply.js';
import { request } from '../resp/feeding.js';
import { Rig } from './rig.js';

const PING = request('PING');

test('the replies of one chunk leave in order and in one write', (t) => {
  const rig = new Rig();
  rig.connection.data(Buffer.concat([PING, request('ECHO', 'a'), Buffer.from('ECHO "b c"\r\n')]));
  t.is(rig.transport.writes.length, 1);
  t.is(rig.transport.taken(), '+PONG\r\n$1\r\na\r\n$3\r\nb c\r\n');
  t.is(rig.metrics.commandsProcessed, 3);
  t.is(rig.metrics.commands.get('ping')?.calls, 1);
});

test('a request cut anywhere is answered when it is whole', (t) => {
  const rig = new Rig();
  for (const byte of request('echo', 'x').subarray(0, -1)) t.is(rig.send(Buffer.of(byte)), '');
  t.is(rig.send('\n'), '$1\r\nx\r\n');
});

test('requests behind a waiting one wait, and replies keep their order', async (t) => {
  const rig = new Rig();
  t.is(rig.send(PING, request('WAIT'), PING, request('WAIT')), '+PONG\r\n');
  t.is(rig.send(request('ECHO', 'late')), '');
  rig.commands.waits[0]!.resolve('first');
  t.is(await rig.settled(), '$5\r\nfirst\r\n+PONG\r\n');
  rig.commands.waits[1]!.resolve('second');
  t.is(await rig.settled(), '$6\r\nsecond\r\n$4\r\nlate\r\n');
});

const errors: [title: string, sent: Buffer, reply: string][] = [
  ['unknown', request('FOO', 'a', 'b'), "-ERR unknown command 'FOO', with args beginning with: 'a' 'b' \r\n"],
  ['unknown, alone', request('foo'), "-ERR unknown command 'foo', with args beginning with: \r\n"],
  ['unknown with line breaks', request('f\r\n'), "-ERR unknown command 'f  ', with args beginning with: \r\n"],
  ['arity', request('ECHO'), "-ERR wrong number of arguments for 'echo' command\r\n"],
  ['arity of a container', request('CLIENT'), "-ERR wrong number of arguments for 'client' command\r\n"],
  [
    'arity of a subcommand',
    request('client', 'GetName', 'x'),
    "-ERR wrong number of arguments for 'client|getname' command\r\n",
  ],
  ['subcommand', request('CLIENT', 'foo'), "-ERR unknown subcommand 'foo'. Try CLIENT HELP.\r\n"],
  ['of the fabric', request('FAIL'), '-NOTFOUND no such segment: see FABRIC.SEGMENTS\r\n'],
  ['unexpected', request('CRASH'), '-ERR internal error: index out of bounds\r\n'],
];
for (const [title, sent, reply] of errors) {
  test(`an error is answered and the connection goes on: ${title}`, (t) => {
    const rig = new Rig();
    t.is(rig.send(sent, PING), `${reply}+PONG\r\n`);
    t.is(rig.metrics.errorReplies, 1);
    t.false(rig.transport.ended);
  });
}

test('an unexpected exception is logged with its stack', (t) => {
  const rig = new Rig();
  rig.send(request('CRASH'));
  t.regex(rig.logged.join(''), /RangeError.*stack/);
  t.is(rig.metrics.commands.get('crash')?.failed, 1);
  t.is(rig.metrics.errors.get('ERR'), 1);
});

test('a rejected promise is an error reply', async (t) => {
  const rig = new Rig();
  rig.send(request('WAIT'), PING);
  rig.commands.waits[0]!.reject(new Error('later'));
  t.is(await rig.settled(), '-ERR internal error: later\r\n+PONG\r\n');
});

test('a reply that can not be encoded is an error, and leaves nothing half-written', (t) => {
  const rig = new Rig();
  rig.commands.reply = ['a', 1.5];
  t.regex(rig.send(PING, request('REPLY'), PING), /^\+PONG\r\n-ERR internal error: 1.5 is not .*\r\n\+PONG\r\n$/);
});

test('a reply beyond the limit is refused', (t) => {
  const rig = new Rig((config) => (config.limits.outputBufferBytesMax = 1000));
  rig.commands.reply = 'x'.repeat(1000);
  t.regex(rig.send(request('REPLY'), PING), /^-ERR the reply of 1009 bytes .*\r\n\+PONG\r\n$/);
});

test('before authentication: unknown, then arity, then NOAUTH', (t) => {
  const rig = new Rig((config) => (config.security.password = 'secret'));
  t.regex(rig.send(request('FOO')), /^-ERR unknown command/);
  t.regex(rig.send(request('ECHO')), /^-ERR wrong number/);
  t.is(rig.send(request('ECHO', 'x')), '-NOAUTH Authentication required.\r\n');
  t.is(rig.metrics.commands.get('echo')?.rejected, 2);
  t.is(rig.metrics.commands.get('echo')?.calls, 0);
});

test('authentication holds from the next request of the same chunk', (t) => {
  const rig = new Rig((config) => (config.security.password = 'secret'));
  const long = request('REPLY', ...Array<string>(20).fill('x'));
  t.is(rig.send(request('LOGIN'), long), '+OK\r\n+OK\r\n');
});

test('the limits before authentication are fatal', (t) => {
  const rig = new Rig((config) => (config.security.password = 'secret'));
  t.is(rig.send('*11\r\n'), '-ERR Protocol error: unauthenticated multibulk length\r\n');
  t.true(rig.transport.ended);
});

test('a protocol error comes after the replies before it, and is the last', (t) => {
  const rig = new Rig();
  t.is(rig.send(PING, '*1\r\n:5\r\n', PING), "+PONG\r\n-ERR Protocol error: expected '$', got ':'\r\n");
  t.true(rig.transport.ended);
  t.is(rig.send(PING), '');
});

test('an HTTP client is turned away without a word', (t) => {
  const rig = new Rig();
  t.is(rig.send('POST / HTTP/1.1\r\nHost: x\r\n\r\n'), '');
  t.true(rig.transport.ended);
});

test('nothing is executed after QUIT', (t) => {
  const rig = new Rig();
  t.is(rig.send(request('QUIT'), PING, '*x\r\n'), '+OK\r\n');
  t.true(rig.transport.ended);
  t.is(rig.metrics.commandsProcessed, 1);
});

test('CLIENT REPLY', (t) => {
  const rig = new Rig();
  const mode = (value: string) => request('CLIENT', 'REPLY', value);
  t.is(rig.send(mode('SKIP'), PING, PING), '+PONG\r\n');
  t.is(rig.send(mode('SKIP'), request('FOO'), PING), '+PONG\r\n');
  t.is(rig.send(mode('SKIP'), mode('SKIP'), PING, PING), '+PONG\r\n');
  t.is(rig.send(mode('OFF'), PING, request('FOO'), mode('ON'), PING), '+OK\r\n+PONG\r\n');
});

test('a client that does not read is not served until it does', (t) => {
  const rig = new Rig();
  rig.transport.full = true;
  t.is(rig.send(PING), '+PONG\r\n');
  t.is(rig.send(PING, PING), '');
  rig.transport.full = false;
  rig.connection.drain();
  t.is(rig.transport.taken(), '+PONG\r\n+PONG\r\n');
});

test('back-pressure takes hold within a chunk', (t) => {
  const rig = new Rig();
  rig.commands.reply = 'x'.repeat(40_000);
  rig.transport.full = true;
  t.is(rig.send(request('REPLY'), request('REPLY'), request('REPLY')).length, 40_010);
  rig.connection.drain();
  t.is(rig.transport.taken().length, 40_010);
});

test('reading stops while much is stashed behind a waiting request', async (t) => {
  const rig = new Rig();
  rig.send(request('WAIT'));
  const echo = request('ECHO', 'x'.repeat(10_000));
  for (let sent = 0; sent < 20; sent++) rig.send(echo);
  t.false(rig.transport.paused);
  for (let sent = 0; sent < 10; sent++) rig.send(echo);
  t.true(rig.transport.paused);
  rig.commands.waits[0]!.resolve(OK);
  t.is((await rig.settled()).length, 5 + 30 * 10_010);
  t.false(rig.transport.paused);
});

test('a long pipeline lets others have their turn', async (t) => {
  const rig = new Rig();
  const first = rig.send(Buffer.concat(Array<Buffer>(2500).fill(PING)));
  t.is(first.length, 1000 * 7);
  t.is((await rig.settled()).length, 1500 * 7);
});

test('a payload is sent from its segment between header and line end', (t) => {
  const rig = new Rig();
  rig.commands.reply = { kind: 'payload', entry: 5, offset: 10, length: 999 };
  t.is(rig.send(PING, request('REPLY'), PING), '+PONG\r\n$999\r\n<5:10+999>\r\n+PONG\r\n');
  rig.commands.reply = { kind: 'payload', entry: 5, offset: 0, length: 0 };
  t.is(rig.send(request('REPLY')), '$0\r\n\r\n');
});

test('a payload that fills the output is waited for', (t) => {
  const rig = new Rig();
  const payload: Reply = { kind: 'payload', entry: 5, offset: 0, length: 1 << 30 };
  rig.commands.reply = payload;
  rig.transport.full = true;
  t.is(rig.send(request('REPLY'), PING), '$1073741824\r\n<5:0+1073741824>\r\n');
  rig.transport.full = false;
  rig.connection.drain();
  t.is(rig.transport.taken(), '+PONG\r\n');
});

test('the slow log keeps slow requests, shortened, and no secrets', (t) => {
  const rig = new Rig();
  rig.stepMs = 50;
  rig.send(request('LOGIN', 'secret'), request('REPLY', 'x'.repeat(200), ...Array<string>(40).fill('y')), PING);
  const [ping, reply, ...none] = rig.slowlog.entries();
  t.deepEqual(none, []);
  t.is(ping!.args.toString(), 'PING');
  t.is(reply!.args.length, 32);
  t.is(reply!.args[1]!.toString(), `${'x'.repeat(128)}... (72 more bytes)`);
  t.is(reply!.args[31]!.toString(), '... (11 more arguments)');
  t.is(reply!.microseconds, 50_000);
});

test('what a blocking command waits for does not count as its work', async (t) => {
  const rig = new Rig();
  rig.stepMs = 1;
  rig.send(request('BLOCK'));
  rig.stepMs = 1000;
  rig.commands.waits[0]!.resolve(OK);
  await rig.settled();
  t.is(rig.metrics.commands.get('block')?.microseconds, 1000);
});

test('CLIENT PAUSE holds requests back in order until it is lifted', (t) => {
  const rig = new Rig();
  rig.gate.untilMs = rig.nowMs + 60_000;
  t.is(rig.send(PING, request('SET'), request('GET'), PING), '+PONG\r\n');
  rig.gate.untilMs = undefined;
  t.is(rig.transport.taken(), '+OK\r\n$-1\r\n+PONG\r\n');
});

test('CLIENT PAUSE may hold back writes only', (t) => {
  const rig = new Rig();
  rig.gate.writesOnly = true;
  rig.gate.untilMs = rig.nowMs + 60_000;
  t.is(rig.send(request('GET'), request('SET'), request('GET')), '$-1\r\n');
  rig.gate.untilMs = undefined;
  t.is(rig.transport.taken(), '+OK\r\n$-1\r\n');
});
