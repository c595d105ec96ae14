import test from 'ava';
import { FabricError } from '../../dist/errors.js';
import { request } from '../resp/feeding.js';
import { Rig } from './rig.js';

const PING = request('PING');
const LENGTH = 40_000;
const payload = Buffer.alloc(LENGTH, 'ab');
const sink = request('SINK', 'name', payload);
/** Of the request, before the payload. */
const HEADER_BYTES = sink.length - LENGTH - 2;

test('a large bulk that came whole goes to its target', (t) => {
  const rig = new Rig();
  t.is(rig.send(PING, sink, PING), '+PONG\r\n+OK\r\n+PONG\r\n');
  t.deepEqual(rig.commands.opened, [['SINK', 'name']]);
  t.deepEqual(rig.commands.targets[0]!.events, [`write 0 ${payload.toString()}`, `complete ${LENGTH}`]);
  t.deepEqual(rig.transport.directions, []);
});

test('of a large bulk cut in two the socket delivers the rest', (t) => {
  const rig = new Rig();
  t.is(rig.send(sink.subarray(0, HEADER_BYTES + 3)), '');
  t.deepEqual(rig.transport.directions, [{ kind: 'sink', entry: 77, offset: 3, length: LENGTH - 3, crc32c: 3 }]);
  rig.connection.sunk(4711);
  t.is(rig.send('\r'), '');
  t.is(rig.send('\n', PING), '+OK\r\n+PONG\r\n');
  t.deepEqual(rig.commands.targets[0]!.events, ['write 0 aba', 'complete 4711']);
});

test('of a bulk whose header ends a chunk the socket delivers everything', (t) => {
  const rig = new Rig();
  rig.send(sink.subarray(0, HEADER_BYTES));
  t.deepEqual(rig.transport.directions, []);
  rig.send(payload.subarray(0, 1));
  t.is(rig.transport.directions.length, 1);
});

test('a bulk up to the threshold is an ordinary argument', (t) => {
  const rig = new Rig();
  t.is(rig.send(request('SINK', 'name', Buffer.alloc(rig.commands.sinkThresholdBytes))), '+SMALL\r\n');
  t.deepEqual(rig.commands.targets, []);
});

test('a target may answer later', async (t) => {
  const rig = new Rig();
  rig.send(sink.subarray(0, -2));
  let answer!: (reply: string) => void;
  rig.commands.targets[0]!.answer = new Promise((resolve) => (answer = resolve));
  t.is(rig.send('\r\n', PING), '');
  answer('stored');
  t.is(await rig.settled(), '$6\r\nstored\r\n+PONG\r\n');
});

test('a refused bulk is drained and the connection stays in step', (t) => {
  const rig = new Rig();
  rig.commands.openError = new FabricError('OOM', 'no segment has room');
  t.is(rig.send(sink.subarray(0, HEADER_BYTES + 1)), '');
  t.deepEqual(rig.transport.directions, [{ kind: 'discard', length: LENGTH - 1 }]);
  rig.connection.sunk(0);
  t.is(rig.send('\r\n', PING), '-OOM no segment has room\r\n+PONG\r\n');
});

test('an unknown command, a wrong arity and a missing login don’t open a target', (t) => {
  const rig = new Rig((config) => (config.security.password = 'secret'));
  rig.connection.session.authenticated = true;
  t.regex(rig.send(request('FOO', 'a', payload), PING), /^-ERR unknown command 'FOO', .*\r\n\+PONG\r\n$/);
  t.regex(rig.send(request('SINK', 'a', 'b', payload), PING), /^-ERR wrong number .* 'sink' command\r\n\+PONG\r\n$/);
  t.regex(rig.send(request('CLIENT', 'foo', payload), PING), /^-ERR unknown subcommand 'foo'.*\r\n\+PONG\r\n$/);
  t.deepEqual(rig.commands.opened, []);
});

test('a huge argument of a command without a sink is refused, a large one is gathered', (t) => {
  const rig = new Rig();
  t.is(rig.send(request('ECHO', payload)).length, LENGTH + 10);
  const huge = request('ECHO', Buffer.alloc(300 * 1024));
  t.regex(rig.send(huge, PING), /^-ERR an argument of 307200 bytes is too long.*\r\n\+PONG\r\n$/);
});

test('a huge name of a command is refused', (t) => {
  const rig = new Rig();
  t.regex(rig.send(request(payload.toString(), 'x'), PING), /^-ERR unknown command 'abab.*\r\n\+PONG\r\n$/);
});

test('bytes that can not be written are an error, and the rest is drained', (t) => {
  const rig = new Rig();
  rig.commands.failWrites = true;
  rig.send(sink.subarray(0, HEADER_BYTES + 3));
  t.deepEqual(rig.commands.targets[0]!.events, ['abandon']);
  t.deepEqual(rig.transport.directions, [{ kind: 'discard', length: LENGTH - 3 }]);
  rig.connection.sunk(0);
  t.is(rig.send('\r\n', PING), '-ERR the memory is gone\r\n+PONG\r\n');
});

test('memory that fails under the socket is an error, and the target is given up', (t) => {
  const rig = new Rig();
  rig.send(sink.subarray(0, HEADER_BYTES + 3));
  rig.connection.sinkFailed();
  rig.connection.sunk(0);
  t.regex(rig.send('\r\n', PING), /^-ERR the segment could not be written.*\r\n\+PONG\r\n$/);
  t.is(rig.commands.targets[0]!.events.at(-1), 'abandon');
});

test('a client that leaves within a bulk: its target is given up when the socket has let go', (t) => {
  const rig = new Rig();
  rig.send(sink.subarray(0, HEADER_BYTES + 3));
  rig.connection.end();
  t.true(rig.transport.destroyed);
  t.deepEqual(rig.commands.targets[0]!.events, ['write 0 aba']);
  rig.connection.closed(() => undefined);
  t.is(rig.commands.targets[0]!.events.at(-1), 'abandon');
});

test('a client that leaves between a bulk and its line end: the target is given up', (t) => {
  const rig = new Rig();
  rig.send(sink.subarray(0, -1));
  rig.connection.closed(() => undefined);
  t.is(rig.commands.targets[0]!.events.at(-1), 'abandon');
});

test('reading is resumed for a bulk', async (t) => {
  const rig = new Rig();
  rig.send(request('WAIT'));
  for (let sent = 0; sent < 30; sent++) rig.send(request('ECHO', 'x'.repeat(10_000)));
  rig.send(sink.subarray(0, HEADER_BYTES + 1));
  t.true(rig.transport.paused);
  rig.commands.waits[0]!.resolve(null);
  await rig.settled();
  t.is(rig.transport.directions.length, 1);
  t.false(rig.transport.paused);
});

test('CLIENT PAUSE holds a bulk’s completion; a client that leaves meanwhile gives it up', (t) => {
  const rig = new Rig();
  rig.gate.untilMs = rig.nowMs + 60_000;
  t.is(rig.send(sink), '');
  rig.connection.closed(() => undefined);
  rig.gate.untilMs = undefined;
  t.is(rig.transport.taken(), '');
  t.is(rig.commands.targets[0]!.events.at(-1), 'abandon');
});

test('a slow bulk is not a stalled one', (t) => {
  const rig = new Rig((config) => (config.limits.halfSentMs = 1000));
  rig.send(sink.subarray(0, HEADER_BYTES + 3));
  for (let seconds = 0; seconds < 5; seconds++) {
    rig.transport.receivedBytes += 1;
    rig.connection.sweep((rig.nowMs += 999));
  }
  t.false(rig.transport.destroyed);
  rig.connection.sweep((rig.nowMs += 1000));
  t.true(rig.transport.destroyed);
});
