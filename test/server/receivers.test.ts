/** Subscribers and monitors on a connection: what they are sent, how much they may leave, and what ends it. */
import test from 'ava';
import { request } from '../resp/feeding.js';
import { Rig } from './rig.js';

const PING = request('PING');

test('a subscriber of RESP2 may do little else, one of RESP3 everything', (t) => {
  const rig = new Rig();
  t.is(rig.send(request('SUBSCRIBE', 'c')), '*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n');
  t.regex(rig.send(request('GET', 'a')), /^-ERR Can't execute 'get': only /);
  t.regex(rig.send(request('CLIENT', 'GETNAME')), /^-ERR Can't execute 'client\|getname': only /);
  rig.connection.session.protocol = 3;
  t.is(rig.send(request('GET', 'a')), '_\r\n');
});

test('neither subscriber nor monitor is plain, nor left to the transport', (t) => {
  const rig = new Rig();
  rig.connection.session.protocol = 3;
  rig.send(PING);
  t.is(rig.transport.hotProtocol, 3);
  for (const [begin, end] of [
    [request('SUBSCRIBE', 'c'), request('UNSUBSCRIBE')],
    [request('PSUBSCRIBE', 'c'), request('PUNSUBSCRIBE')],
    [request('MULTI'), request('EXEC')],
  ] as const) {
    rig.transport.hotProtocol = 0;
    rig.send(begin);
    t.false(rig.connection.session.plain);
    t.is<number, number>(rig.transport.hotProtocol, 0);
    rig.send(end);
    t.true(rig.connection.session.plain);
    t.is<number, number>(rig.transport.hotProtocol, 3);
  }
  rig.send(request('MONITOR'));
  t.false(rig.connection.session.plain);
  t.deepEqual(rig.attention, [true]);
  rig.connection.destroy();
  t.deepEqual(rig.attention, [true, false]);
});

test('a message between requests is sent at once', (t) => {
  const rig = new Rig();
  rig.send(request('SUBSCRIBE', 'c'));
  t.is(rig.pubsub.publish('channel', Buffer.from('c'), Buffer.from('x')), 1);
  t.is(rig.transport.taken(), '*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n');
});

test('who leaves too much is closed at once', (t) => {
  const rig = new Rig((config) => (config.limits.pushedBytesMax = 10_000));
  rig.send(request('SUBSCRIBE', 'c'));
  const publish = () => rig.pubsub.publish('channel', Buffer.from('c'), Buffer.alloc(4000));
  publish();
  publish();
  t.false(rig.transport.destroyed);
  publish();
  t.true(rig.transport.destroyed);
  t.is(publish(), 0);
  t.is(rig.metrics.outputLimitDisconnections, 1);
  t.regex(rig.logged.join(''), /takes messages too slowly \(limits\.pushed_bytes_max\)/);
});

test('who leaves much for a while is closed after it, by the next message or the next look', (t) => {
  for (const look of ['message', 'sweep']) {
    const rig = new Rig((config) => {
      config.limits.pushedSoftBytes = 5000;
      config.limits.pushedSoftMs = 1000;
      config.limits.idleMs = 0;
    });
    rig.send(request('SUBSCRIBE', 'c'));
    const publish = () => rig.pubsub.publish('channel', Buffer.from('c'), Buffer.alloc(4000));
    publish();
    publish();
    rig.nowMs += 900;
    rig.connection.sweep(rig.nowMs);
    t.false(rig.transport.destroyed);
    rig.transport.taken();
    rig.connection.sweep(rig.nowMs);
    publish();
    publish();
    rig.nowMs += 900;
    publish();
    t.false(rig.transport.destroyed, 'the time began anew');
    rig.nowMs += 200;
    if (look === 'message') publish();
    else rig.connection.sweep(rig.nowMs);
    t.true(rig.transport.destroyed, look);
  }
});

test('messages held back until the end of an array count as well', async (t) => {
  const rig = new Rig((config) => (config.limits.pushedBytesMax = 10_000));
  rig.connection.session.protocol = 3;
  rig.send(request('SUBSCRIBE', 'c'), request('MULTI'), request('WAIT'), request('EXEC'));
  for (let i = 0; i < 3; i++) rig.pubsub.publish('channel', Buffer.from('c'), Buffer.alloc(4000));
  t.true(rig.transport.destroyed);
  rig.commands.waits[0]!.resolve('done');
  await rig.settled();
});

test('a listener is not idle', (t) => {
  const rig = new Rig((config) => (config.limits.idleMs = 1000));
  rig.send(request('SUBSCRIBE', 'c'));
  rig.nowMs += 5000;
  rig.connection.sweep(rig.nowMs);
  t.false(rig.transport.ended);
});

test('a monitor is told requests, long ones cut, large payloads by their length', (t) => {
  const rig = new Rig();
  rig.send(request('MONITOR'));
  t.regex(
    rig.send(request('ECHO', 'a"\\\x01\x7fé\n')),
    /^\+1000\.000000 \[0 127\.0\.0\.1:4001\] "ECHO" "a\\"\\\\\\x01\\x7f\\xe9\\n"\r\n/,
  );
  t.regex(rig.send(request('ECHO', 'x'.repeat(5000))), /"x{4096}\.\.\. \(904 more bytes\)"\r\n/);
  t.regex(rig.send(request('SINK', 'name', Buffer.alloc(40_000))), /"SINK" "name" "\(40000 bytes\)"\r\n/);
});

test('the number of subscriptions of a connection is limited', (t) => {
  const rig = new Rig((config) => (config.limits.subscriptionsMax = 2));
  rig.connection.session.protocol = 3;
  rig.send(request('SUBSCRIBE', 'a'), request('PSUBSCRIBE', 'b'));
  t.regex(rig.send(request('SUBSCRIBE', 'c')), /^-ERR a connection may have 2 subscriptions/);
  rig.send(request('UNSUBSCRIBE'));
  t.regex(rig.send(request('SUBSCRIBE', 'c')), /^>3\r\n\$9\r\nsubscribe/);
});
