import test from 'ava';
import { sha256 } from '../../dist/cluster/config-users.js';
import { OK } from '../../dist/resp/reply.js';
import { error, objectOf, run, testContext, textOf } from '../support/context.js';
import { configWith, user } from '../support/users.js';

const bob = user({ commands: ['+@read', '-keys'], read: ['a*', 'b*'], write: ['a*', 'c*'] });
const context = () => testContext({ config: configWith(bob) });

test('users in the notation of Redis', async (t) => {
  t.deepEqual(await run(context(), 'ACL', 'LIST'), [
    `user bob on #${sha256('pw')} ~a* %R~b* %W~c* &* -@all +@read -keys`,
    'user default on nopass ~* &* +@all',
  ]);
  t.deepEqual(await run(context(), 'ACL', 'USERS'), ['bob', 'default']);
  t.is(await run(context(), 'ACL', 'WHOAMI'), 'default');
  const shown = objectOf(await run(context(), 'ACL', 'GETUSER', 'bob'));
  t.deepEqual(shown, {
    flags: { kind: 'set', items: ['on'] },
    passwords: [sha256('pw')],
    commands: '-@all +@read -keys',
    keys: '~a* %R~b* %W~c*',
    channels: '&*',
    selectors: [],
  });
  t.is(await run(context(), 'ACL', 'GETUSER', 'nobody'), null);
});

test('users stand in the config file', async (t) => {
  for (const request of [['SETUSER', 'bob', 'on'], ['DELUSER', 'bob'], ['SAVE'], ['LOAD']]) {
    t.regex(
      textOf(await run(context(), 'ACL', ...request)),
      /^ERR users stand in the config file: edit \[\[users\]\] in \/etc/,
    );
  }
});

test('GENPASS makes up as many bits as asked', async (t) => {
  t.regex(textOf(await run(context(), 'ACL', 'GENPASS')), /^[0-9a-f]{64}$/);
  t.regex(textOf(await run(context(), 'ACL', 'GENPASS', '5')), /^[0-9a-f]{2}$/);
  t.regex(textOf(await run(context(), 'ACL', 'GENPASS', '4096')), /^[0-9a-f]{1024}$/);
  t.regex(textOf(await run(context(), 'ACL', 'GENPASS', '4097')), /^ERR ACL GENPASS argument must be/);
});

test('AUTH makes the session somebody else, RESET the default user again', async (t) => {
  const one = context();
  t.deepEqual(await run(one, 'AUTH', 'bob', 'pw'), OK);
  t.is(one.session.user.name, 'bob');
  t.is(await run(one, 'ACL', 'WHOAMI'), 'bob');
  t.regex(textOf(await run(one, 'CLIENT', 'INFO')), / user=bob /);
  await run(one, 'RESET');
  t.is(one.session.user.name, 'default');
});

test('a wrong password changes nothing and is logged', async (t) => {
  const one = context();
  const refusal = error('WRONGPASS invalid username-password pair or user is disabled.');
  t.deepEqual(await run(one, 'AUTH', 'bob', 'px'), refusal);
  t.deepEqual(await run(one, 'HELLO', '3', 'AUTH', 'bob', 'px'), refusal);
  t.deepEqual(await run(one, 'AUTH', 'nobody', 'px'), refusal);
  t.is(one.session.user.name, 'default');
  t.is(one.session.protocol, 2);
  const entries = (await run(one, 'ACL', 'LOG')) as never[];
  t.deepEqual(
    entries.map((entry) => [objectOf(entry).username, objectOf(entry).reason, objectOf(entry).count]),
    [
      ['nobody', 'auth', 1],
      ['bob', 'auth', 2],
    ],
  );
  t.deepEqual(((await run(one, 'ACL', 'LOG', '1')) as never[]).length, 1);
  t.deepEqual(await run(one, 'ACL', 'LOG', 'RESET'), OK);
  t.deepEqual(await run(one, 'ACL', 'LOG'), []);
});

test('a configured default user needs its own password, and CONFIG SET leaves it alone', async (t) => {
  const own = testContext({ config: configWith(user({ name: 'default' })) });
  t.false(own.users.open);
  t.deepEqual(await run(own, 'AUTH', 'pw'), OK);
  t.regex(textOf(await run(own, 'CONFIG', 'SET', 'requirepass', 'x')), /user default stands in \[\[users\]\]/);
});
