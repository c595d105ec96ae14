/** Which reads a connection leaves to its transport, and what the server still knows of them. */
import test from 'ava';
import { request } from '../resp/feeding.js';
import { Rig } from './rig.js';

const PING = request('PING');

test('a new connection sees everything; once it is idle the transport may answer', (t) => {
  const rig = new Rig();
  t.is(rig.transport.hotProtocol, 0);
  rig.send(PING);
  t.is(rig.transport.hotProtocol, 2);
});

test('in the version of RESP the client has chosen', (t) => {
  const rig = new Rig();
  rig.connection.session.protocol = 3;
  rig.send(PING);
  t.is(rig.transport.hotProtocol, 3);
});

test('not while a request is half-sent', (t) => {
  const rig = new Rig();
  rig.send(PING, PING.subarray(0, 5));
  t.is(rig.transport.hotProtocol, 0);
  rig.send(PING.subarray(5));
  t.is(rig.transport.hotProtocol, 2);
});

test('not while a reply is owed', async (t) => {
  const rig = new Rig();
  rig.send(request('WAIT'));
  t.is(rig.transport.hotProtocol, 0);
  rig.commands.waits[0]!.resolve('done');
  await rig.settled();
  t.is(rig.transport.hotProtocol, 2);
});

test('not while the client takes no replies', (t) => {
  const rig = new Rig();
  rig.transport.full = true;
  rig.send(PING);
  t.is(rig.transport.hotProtocol, 0);
  rig.transport.full = false;
  rig.connection.drain();
  t.is(rig.transport.hotProtocol, 2);
});

test('not before authentication, nor with replies switched off', (t) => {
  const rig = new Rig((config) => (config.security.password = 'secret'));
  rig.send(PING);
  t.is(rig.transport.hotProtocol, 0);
  rig.connection.session.authenticated = true;
  rig.connection.session.replyMode = 'off';
  rig.send(PING);
  t.is(rig.transport.hotProtocol, 0);
  rig.connection.session.replyMode = 'on';
  rig.send(PING);
  t.is(rig.transport.hotProtocol, 2);
});

test('not any more once the connection is to finish', (t) => {
  const rig = new Rig();
  rig.send(PING);
  rig.connection.finish();
  t.true(rig.transport.ended);
});

test('a client that only the transport hears is not idle', (t) => {
  const rig = new Rig((config) => (config.limits.idleMs = 1000));
  rig.send(PING);
  rig.nowMs += 5000;
  rig.transport.use = { command: 'get', agoMs: 400 };
  rig.connection.sweep(rig.nowMs);
  t.false(rig.transport.ended);
  t.is(rig.connection.session.lastCommand, 'get');
  t.is(rig.connection.session.lastActiveMs, rig.nowMs - 400);
  rig.transport.use = { command: 'get', agoMs: 1000 };
  rig.connection.sweep(rig.nowMs);
  t.true(rig.transport.ended);
});
