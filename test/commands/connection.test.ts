import test from 'ava';
import { OK, simple } from '../../dist/resp/reply.js';
import type { Reply } from '../../dist/resp/reply.js';
import { error, objectOf, run, testContext } from '../support/context.js';

const WRONGPASS = error('WRONGPASS invalid username-password pair or user is disabled.');
const BAD_NAME = error('ERR Client names cannot contain spaces, newlines or special characters.');

test('PING answers PONG or the message', async (t) => {
  const context = testContext();
  t.deepEqual(await run(context, 'PING'), simple('PONG'));
  t.deepEqual(await run(context, 'PING', '\r\n\xff'), Buffer.from('\r\n\xff'));
  t.deepEqual(await run(context, 'PING', 'a', 'b'), error("ERR wrong number of arguments for 'ping' command"));
});

test('ECHO answers the message', async (t) => {
  t.deepEqual(await run(testContext(), 'ECHO', 'hi'), Buffer.from('hi'));
});

test('QUIT closes after its reply', async (t) => {
  const context = testContext();
  t.deepEqual(await run(context, 'QUIT'), OK);
  t.true(context.session.closeAfterReply);
});

test('SELECT knows database 0 only', async (t) => {
  const context = testContext();
  t.deepEqual(await run(context, 'SELECT', '0'), OK);
  for (const index of ['1', '-1', '16']) {
    t.deepEqual(await run(context, 'SELECT', index), error('ERR DB index is out of range'));
  }
  t.deepEqual(await run(context, 'SELECT', 'x'), error('ERR value is not an integer or out of range'));
});

test('RESET makes the session new', async (t) => {
  const context = testContext({
    session: { protocol: 3, name: 'n', replyMode: 'off', noEvict: true, noTouch: true, authenticated: true },
  });
  context.config.security.password = 'secret';
  t.deepEqual(await run(context, 'RESET'), simple('RESET'));
  t.like(context.session, {
    protocol: 2,
    name: '',
    replyMode: 'on',
    noEvict: false,
    noTouch: false,
    authenticated: false,
  });
  context.config.security.password = undefined;
  await run(context, 'RESET');
  t.true(context.session.authenticated);
});

test('AUTH without a configured password says so, but the default user is let in', async (t) => {
  const context = testContext();
  t.deepEqual(
    await run(context, 'AUTH', 'x'),
    error(
      'ERR AUTH <password> called without any password configured for the default user. ' +
        'Are you sure your configuration is correct?',
    ),
  );
  t.deepEqual(await run(context, 'AUTH', 'default', 'x'), OK);
  t.deepEqual(await run(context, 'AUTH', 'alice', 'x'), WRONGPASS);
  t.deepEqual(await run(context, 'AUTH', 'a', 'b', 'c'), error('ERR syntax error'));
});

test('AUTH checks the password', async (t) => {
  const context = testContext({ session: { authenticated: false } });
  context.config.security.password = 'secret';
  for (const words of [['wrong'], ['default', 'wrong'], ['alice', 'secret'], ['']]) {
    t.deepEqual(await run(context, 'AUTH', ...words), WRONGPASS);
    t.false(context.session.authenticated);
  }
  t.deepEqual(await run(context, 'AUTH', 'secret'), OK);
  t.true(context.session.authenticated);
  t.deepEqual(await run(context, 'AUTH', 'wrong'), WRONGPASS);
  t.true(context.session.authenticated);
});

test('HELLO switches the protocol and describes the server', async (t) => {
  const context = testContext({ session: { id: 42 } });
  const reply = objectOf(await run(context, 'HELLO', '3', 'SETNAME', 'me'));
  t.like(reply, { server: 'redis', proto: 3, id: 42, mode: 'standalone', role: 'master' });
  t.regex(reply.version as string, /^7\.2\.\d+$/);
  const [module] = reply.modules as readonly Reply[];
  t.like(objectOf(module!), { name: 'datafabric', ver: 10203 });
  t.like(context.session, { protocol: 3, name: 'me' });
  t.is(objectOf(await run(context, 'HELLO')).proto, 3);
  t.is(objectOf(await run(context, 'HELLO', '2')).proto, 2);
});

test('HELLO refuses other protocols and options, and changes nothing then', async (t) => {
  const context = testContext();
  const cases: readonly (readonly [words: string[], text: string])[] = [
    [['4'], 'NOPROTO unsupported protocol version'],
    [['1'], 'NOPROTO unsupported protocol version'],
    [['x'], 'ERR Protocol version is not an integer or out of range'],
    [['3', 'AUTH'], "ERR Syntax error in HELLO option 'AUTH'"],
    [['3', 'AUTH', 'default'], "ERR Syntax error in HELLO option 'AUTH'"],
    [['3', 'SETNAME'], "ERR Syntax error in HELLO option 'SETNAME'"],
    [['3', 'FOO'], "ERR Syntax error in HELLO option 'FOO'"],
  ];
  for (const [words, text] of cases) t.deepEqual(await run(context, 'HELLO', ...words), error(text));
  t.deepEqual(await run(context, 'HELLO', '3', 'SETNAME', 'a b'), BAD_NAME);
  t.deepEqual(await run(context, 'HELLO', '3', 'AUTH', 'alice', 'x'), WRONGPASS);
  t.like(context.session, { protocol: 2, name: '' });
});

test('HELLO asks for credentials where a password is set', async (t) => {
  const context = testContext({ session: { authenticated: false } });
  context.config.security.password = 'secret';
  for (const words of [[], ['3'], ['3', 'SETNAME', 'me']]) {
    t.regex(((await run(context, 'HELLO', ...words)) as { text: string }).text, /^NOAUTH HELLO must be called with/);
  }
  t.deepEqual(await run(context, 'HELLO', '3', 'AUTH', 'default', 'wrong'), WRONGPASS);
  t.like(context.session, { protocol: 2, name: '', authenticated: false });
  t.is(objectOf(await run(context, 'HELLO', '3', 'AUTH', 'default', 'secret')).proto, 3);
  t.true(context.session.authenticated);
});

test('HELLO with credentials succeeds where no password is set', async (t) => {
  t.is(objectOf(await run(testContext(), 'hello', '3', 'auth', 'default', 'x')).proto, 3);
});
