import test from 'ava';
import { commandTable } from '../../dist/commands/all-commands.js';
import { namePatterns } from '../../dist/commands/name-patterns.js';
import { GuessBrake } from '../../dist/commands/guess-brake.js';
import { denialOf } from '../../dist/commands/permission.js';
import { ruleRefusal, runnable } from '../../dist/commands/user-rules.js';
import { User } from '../../dist/commands/user.js';
import { Users } from '../../dist/commands/users.js';
import { configWith, user } from '../support/users.js';

const table = commandTable();
const userOf = (fields: Parameters<typeof user>[0]) => {
  const config = user(fields);
  return new User(config, config, table);
};
const allowed = (...commands: string[]) =>
  runnable(table)
    .filter((command) => userOf({ commands }).mayRun(command))
    .map(({ name }) => name);

test('rules are applied in order, beginning with nothing', (t) => {
  t.deepEqual(allowed(), []);
  t.deepEqual(allowed('+get', '+set', '-get'), ['set']);
  t.deepEqual(allowed('-get', '+get'), ['get']);
  t.deepEqual(allowed('+acl|whoami'), ['acl|whoami']);
  t.true(allowed('+acl').includes('acl|whoami'));
  t.false(allowed('+@all', '-acl').some((name) => name.startsWith('acl|')));
  t.deepEqual(
    allowed('+@all'),
    runnable(table).map(({ name }) => name),
  );
});

test('a category has the commands which say so', (t) => {
  const read = allowed('+@read');
  t.true(read.includes('get') && read.includes('fabric.ptr') && !read.includes('set'));
  const fabric = allowed('+@fabric', '-@dangerous');
  t.true(fabric.includes('fabric.insert') && !fabric.includes('fabric.alloc') && !fabric.includes('get'));
  t.true(
    allowed('+@admin').every(
      (name) => table.get(name)!.flags.includes('admin') || table.get(name)!.categories.includes('@admin'),
    ),
  );
});

test('what rules speak of must be there', (t) => {
  const refusal = ruleRefusal(table);
  for (const rule of ['+@all', '-@dangerous', '+@fabric', '+get', '-client|list', '+fabric.insert', '+client']) {
    t.is(refusal(rule), undefined, rule);
  }
  t.is(refusal('+fabric.inser'), '"+fabric.inser": there is no command fabric.inser; did you mean fabric.insert?');
  t.is(refusal('-@dangerus'), '"-@dangerus": there is no category @dangerus; did you mean @dangerous?');
  t.is(refusal('+client|nope'), '"+client|nope": there is no command client|nope');
});

test('unrestricted is who may do everything, however that is said', (t) => {
  const everything = { read: ['*'], write: ['*'] };
  t.true(userOf({ commands: ['+@all'], ...everything }).unrestricted);
  t.true(userOf({ commands: ['+@all', '-@dangerous', '+@dangerous'], ...everything }).unrestricted);
  t.false(userOf({ commands: ['+@all', '-get'], ...everything }).unrestricted);
  t.false(userOf({ commands: ['+@all'], read: ['*'] }).unrestricted);
  t.false(userOf({ commands: ['+@all'], read: ['*'], write: ['?*'] }).unrestricted);
  t.true(new Users(configWith(), table).default.unrestricted);
});

const names: [pattern: string, matching: string[], others: string[]][] = [
  ['tenant/*', ['tenant/a', 'tenant/a/b'], ['tenant', 'other/a', 'x']],
  ['default/*', ['x', 'default/a/b'], ['tenant/a', 'defaults/a']],
  ['default/pub*', ['pub', 'public'], ['x', 'pub/a', 'tenant/pub']],
  ['d*', ['d', 'data'], ['x', 'tenant/d']],
  ['x', ['x'], ['xy', 'tenant/x']],
  ['*', ['x', 'tenant/a'], []],
];
for (const [pattern, matching, others] of names) {
  test(`the pattern ${pattern}`, (t) => {
    const matches = namePatterns([pattern]);
    for (const name of matching) t.true(matches(Buffer.from(name)), name);
    for (const name of others) t.false(matches(Buffer.from(name)), name);
  });
}

const bob = userOf({ commands: ['+@all'], read: ['in/*', 'default/x'], write: ['out/*'] });
const denial = (...words: string[]) => {
  const args = words.map((word) => Buffer.from(word));
  const { command } = table.resolve(args);
  return denialOf(bob, command!, table, args)?.error.message;
};
const KEY = 'this user has no permissions to access one of the keys used as arguments';

test('each name of a request is checked, for what is done to it', (t) => {
  for (const request of [
    ['GET', 'in/a'],
    ['GET', 'x'],
    ['GET', 'default/x'],
    ['SET', 'out/a', '1'],
    ['DEL', 'out/a', 'out/b'],
    ['FABRIC.PULL', 'in/a'],
    ['FABRIC.PTR', 'alpha', '/fabric.alpha.s0001', '0'],
    ['FABRIC.INFO', 'ID', '17'],
    ['FABRIC.SEGMENTS'],
    ['AUTH', 'x'],
  ]) {
    t.is(denial(...request), undefined, request.join(' '));
  }
  for (const request of [
    ['GET', 'out/a'],
    ['GET', 'default/in/a'],
    ['GET', ''],
    ['SET', 'in/a', '1'],
    ['DEL', 'out/a', 'in/b'],
    ['EXISTS', 'in/a', 'y'],
    ['FABRIC.INSERT', 'y', '', 'bytes', '1'],
    ['FABRIC.RESERVE', 'y', '', 'bytes'],
    ['FABRIC.LOCATE', 'y'],
    ['FABRIC.PTR', 'y', 'WAIT', '1'],
    ['FABRIC.INFO', 'ID'],
    ['FABRIC.DELETE', 'in/a'],
  ]) {
    t.is(denial(...request), KEY, request.join(' '));
  }
});

test('what concerns every name is for those who may touch every name', (t) => {
  t.regex(denial('DBSIZE') ?? '', /^'dbsize' concerns every variable/);
  t.regex(denial('FLUSHALL') ?? '', /^'flushall' concerns every variable/);
});

/** Commands without a name at a fixed place that may run for users of some names; those marked * look at the name themselves. */
const NAMELESS = [
  'fabric.abort*',
  'fabric.adopt*',
  'fabric.alloc',
  'fabric.conflicts*',
  'fabric.dealloc',
  'fabric.defrag',
  'fabric.discard*',
  'fabric.drain',
  'fabric.fetch',
  'fabric.forget',
  'fabric.help',
  'fabric.list*',
  'fabric.nodes',
  'fabric.peer',
  'fabric.promote',
  'fabric.rebalance',
  'fabric.release*',
  'fabric.renew*',
  'fabric.seal*',
  'fabric.segments',
  'fabric.upkeep',
  'scan*',
];

test('a command about variables names them, or is known here', (t) => {
  const found = runnable(table).filter(
    ({ keys, everyName, group }) =>
      keys === undefined && everyName !== true && ['fabric', 'string', 'generic'].includes(group),
  );
  t.deepEqual(
    found.map(({ name }) => name).sort(),
    NAMELESS.map((name) => name.replace('*', '')),
  );
});

test('a password is right for its user only, while that is enabled', (t) => {
  const off = user({ name: 'off', enabled: false });
  const users = new Users(configWith(user(), off, user({ name: 'any', nopass: true, passwordSha256: [] })), table);
  const enter = (name: string, password: string) => users.authenticate(name, Buffer.from(password))?.name;
  t.is(enter('bob', 'pw'), 'bob');
  t.is(enter('bob', ''), undefined);
  t.is(enter('bob', 'pW'), undefined);
  t.is(enter('off', 'pw'), undefined);
  t.is(enter('any', 'thing'), 'any');
  t.is(enter('nobody', ''), undefined);
  t.is(enter('default', ''), 'default');
  t.true(users.open);
  t.deepEqual(
    [...users.all()].map(({ name }) => name),
    ['any', 'bob', 'default', 'off'],
  );
});

test('CONFIG SET of the password changes that of the implicit default user', (t) => {
  const config = configWith();
  const users = new Users(config, table);
  config.security.password = 'secret';
  t.false(users.open);
  t.is(users.authenticate('default', Buffer.from('x')), undefined);
  t.is(users.authenticate('default', Buffer.from('secret')), users.default);
});

test('refusals come later the more is guessed, and at once again after a while', (t) => {
  const brake = new GuessBrake();
  for (let i = 0; i < 20; i++) t.is(brake.failed(1000), 0, String(i));
  t.is(brake.failed(1000), 100);
  t.is(brake.failed(1000), 200);
  for (let i = 0; i < 100; i++) brake.failed(1000);
  t.is(brake.failed(1000), 2000);
  t.is(brake.failed(200_000), 0);
});
