import test from 'ava';
import { OK } from '../../dist/resp/reply.js';
import { request } from '../resp/feeding.js';
import { Rig } from './rig.js';

const PING = request('PING');

test('half-close: pending replies are sent, then the connection closes', async (t) => {
  const rig = new Rig();
  rig.send(request('WAIT'), PING);
  rig.connection.end();
  t.false(rig.transport.ended);
  rig.commands.waits[0]!.resolve(OK);
  t.is(await rig.settled(), '+OK\r\n+PONG\r\n');
  t.true(rig.transport.ended);
});

test('half-close of an idle connection closes it', (t) => {
  const rig = new Rig();
  rig.connection.end();
  t.true(rig.transport.ended);
});

test('half-close within a request closes the connection', (t) => {
  const rig = new Rig();
  rig.send('*1\r\n');
  rig.connection.end();
  t.true(rig.transport.ended);
});

test('a blocked command gives up when its client closes', async (t) => {
  const rig = new Rig();
  rig.send(request('BLOCK'));
  t.true(rig.connection.session.blocked);
  rig.connection.end();
  t.true(rig.commands.signals[0]!.aborted);
  await rig.settled();
  t.true(rig.transport.ended);
});

test('a command that blocks after its client closed gives up at once', async (t) => {
  const rig = new Rig();
  rig.send(request('WAIT'), request('BLOCK'), PING);
  rig.connection.end();
  rig.commands.waits[0]!.resolve(OK);
  t.is(await rig.settled(), '+OK\r\n$-1\r\n+PONG\r\n');
  t.true(rig.transport.ended);
});

test('half-close while reading is paused: what was not read yet is still served', async (t) => {
  const rig = new Rig();
  rig.send(request('WAIT'));
  for (let sent = 0; sent < 30; sent++) rig.send(request('ECHO', 'x'.repeat(10_000)));
  t.true(rig.transport.paused);
  rig.connection.end();
  rig.commands.waits[0]!.resolve(OK);
  await rig.settled();
  t.false(rig.transport.ended);
  rig.connection.sweep((rig.nowMs += 10));
  t.is(rig.send(PING), '+PONG\r\n');
  rig.connection.sweep((rig.nowMs += 10));
  t.false(rig.transport.ended);
  rig.connection.sweep((rig.nowMs += 10));
  t.true(rig.transport.ended);
});

test('a connection that is gone: the signal is aborted and nothing is sent', async (t) => {
  const rig = new Rig();
  rig.send(request('BLOCK'), PING);
  rig.connection.closed(() => undefined);
  t.true(rig.commands.signals[0]!.aborted);
  t.is(await rig.settled(), '');
});

test('a half-sent request is given up after a while, with a word', (t) => {
  const rig = new Rig((config) => (config.limits.halfSentMs = 1000));
  rig.send('*1\r\n$4\r\nPI');
  rig.connection.sweep((rig.nowMs += 500));
  rig.connection.sweep((rig.nowMs += 999));
  t.false(rig.transport.ended);
  rig.connection.sweep((rig.nowMs += 1));
  t.is(rig.transport.taken(), '-ERR a request stayed half-sent for 1000 ms\r\n');
  t.true(rig.transport.ended);
});

test('the time a request waits behind another does not count as half-sent', async (t) => {
  const rig = new Rig((config) => (config.limits.halfSentMs = 1000));
  rig.send(request('WAIT'), '*1\r\n$4\r\nPI');
  rig.connection.sweep((rig.nowMs += 5000));
  rig.commands.waits[0]!.resolve(OK);
  await rig.settled();
  rig.connection.sweep((rig.nowMs += 900));
  t.false(rig.transport.ended);
  t.is(rig.send('NG\r\n'), '+PONG\r\n');
});

test('an idle client is let go, a blocked one is not', async (t) => {
  const rig = new Rig((config) => (config.limits.idleMs = 3000));
  rig.send(request('BLOCK'));
  rig.connection.sweep((rig.nowMs += 10_000));
  t.false(rig.transport.ended);
  rig.commands.waits[0]!.resolve(OK);
  await rig.settled();
  rig.connection.sweep((rig.nowMs += 2999));
  t.false(rig.transport.ended);
  rig.connection.sweep((rig.nowMs += 1));
  t.true(rig.transport.ended);
});

test('idle clients may stay for ever', (t) => {
  const rig = new Rig((config) => (config.limits.idleMs = 0));
  rig.connection.sweep((rig.nowMs += 1e9));
  t.false(rig.transport.ended);
});

test('finishing: an idle connection closes at once', (t) => {
  const rig = new Rig();
  rig.connection.finish();
  t.true(rig.transport.ended);
});

test('finishing: what runs is answered, what is queued is not executed', async (t) => {
  const rig = new Rig();
  rig.send(request('WAIT'), PING);
  rig.connection.finish();
  t.false(rig.transport.ended);
  rig.commands.waits[0]!.resolve(OK);
  t.is(await rig.settled(), '+OK\r\n');
  t.true(rig.transport.ended);
});

test('finishing: a request that has begun may end', (t) => {
  const rig = new Rig();
  rig.send(PING.subarray(0, 10));
  rig.connection.finish();
  t.false(rig.transport.ended);
  t.is(rig.send(PING.subarray(10), PING), '+PONG\r\n');
  t.true(rig.transport.ended);
});

test('finishing: a blocked command gives up', async (t) => {
  const rig = new Rig();
  rig.send(request('BLOCK'));
  rig.connection.finish();
  t.is(await rig.settled(), '$-1\r\n');
  t.true(rig.transport.ended);
});

test('a fault of the socket costs its connection only', async (t) => {
  const rig = new Rig();
  rig.send(request('WAIT'));
  rig.transport.write = () => {
    throw new Error('no such connection');
  };
  rig.commands.waits[0]!.resolve(OK);
  await rig.settled();
  t.true(rig.transport.destroyed);
  t.regex(rig.logged.join(''), /a connection failed unexpectedly/);
});
