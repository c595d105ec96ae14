/** Users of a real server: what each may reach, by whatever way. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import { TestServer } from '../support/server.js';

const server = new TestServer({
  config: { security: { password: 'root', source_roots: ['/tmp'], shm_source_prefixes: ['/psm_'] } },
  users: [
    {
      name: 'bob',
      password_sha256: createHash('sha256').update('pw').digest('hex'),
      commands: ['+@all', '-@dangerous'],
      read: ['mine/*', 'shared/*', 'default/open'],
      write: ['mine/*'],
    },
    { name: 'reader', nopass: true, commands: ['+@read', '+@connection'], read: ['*'] },
    { name: 'importer', password: ['a', 'b'], commands: ['+fabric.insert', '+@dangerous'], write: ['*'] },
    { name: 'victim', nopass: true, commands: ['+ping'] },
    { name: 'gone', password: 'pw', commands: ['+@all'], enabled: false },
  ],
});
test.before(async () => {
  await server.start();
  const root = new Redis(server.port, server.host, { password: 'root' });
  for (const name of ['mine/a', 'shared/a', 'open', 'secret/a', 'closed']) await root.set(name, name);
  root.disconnect();
});
test.after.always(() => server.dispose());

interface Client {
  call(...words: (string | number | Buffer)[]): Promise<unknown>;
  /** The error's text. */
  refusal(...words: (string | number | Buffer)[]): Promise<string>;
}

/** Says nothing by itself: not everyone here may run HELLO 3 or INFO. */
const QUIET = { protocol: 2, enableReadyCheck: false, maxRetriesPerRequest: 0, retryStrategy: null } as const;

function as(t: ExecutionContext, username?: string, password?: string): Client {
  const redis = new Redis(server.port, server.host, {
    ...QUIET,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
  redis.on('error', () => undefined);
  t.teardown(() => redis.disconnect());
  const call: Client['call'] = (command, ...rest) => redis.call(String(command), ...rest);
  const refusal: Client['refusal'] = async (...words) =>
    (await t.throwsAsync(call(...words), undefined, words.join(' ').slice(0, 80))).message;
  return { call, refusal };
}
const root = (t: ExecutionContext) => as(t, 'default', 'root');
const bob = (t: ExecutionContext) => as(t, 'bob', 'pw');

const KEY = 'NOPERM this user has no permissions to access one of the keys used as arguments';

test('who comes in, and who does not', async (t) => {
  for (const [name, password] of [
    ['bob', 'pw'],
    ['reader', 'anything'],
    ['importer', 'a'],
    ['importer', 'b'],
  ] as const) {
    const one = as(t);
    t.is(await one.call('AUTH', name, password), 'OK');
  }
  const WRONG = 'WRONGPASS invalid username-password pair or user is disabled.';
  for (const [name, password] of [
    ['bob', 'root'],
    ['gone', 'pw'],
    ['importer', 'c'],
    ['nobody', 'pw'],
    ['default', 'pw'],
  ] as const) {
    const one = as(t);
    t.is(await one.refusal('AUTH', name, password), WRONG);
    t.is(await one.refusal('GET', 'open'), 'NOAUTH Authentication required.');
  }
  const one = as(t);
  await one.call('HELLO', 2, 'AUTH', 'bob', 'pw');
  t.is(await one.call('ACL', 'WHOAMI'), 'bob');
});

test('commands and names', async (t) => {
  const one = bob(t);
  t.is(await one.call('GET', 'mine/a'), 'mine/a');
  t.is(await one.call('GET', 'default/open'), 'open');
  t.is(await one.call('SET', 'mine/b', 'x'), 'OK');
  t.is(await one.refusal('SET', 'shared/a', 'x'), KEY);
  for (const name of ['closed', 'default/closed', 'secret/a', 'absent'])
    t.is(await one.refusal('GET', name), KEY, name);
  t.is(await one.refusal('FLUSHALL'), "NOPERM this user has no permissions to run the 'flushall' command");
  t.is(
    await one.refusal('CLIENT', 'KILL', 'ID', 1),
    "NOPERM this user has no permissions to run the 'client|kill' command",
  );
  t.regex(await one.refusal('DBSIZE'), /^NOPERM 'dbsize' concerns every variable/);
  t.is((await as(t, 'reader', '').call('DBSIZE').then(Number)) >= 5, true);
});

test('listings show what the user may reach', async (t) => {
  const [, names] = (await bob(t).call('FABRIC.LIST')) as [string, string[]];
  t.deepEqual(names.filter((name) => !name.startsWith('mine/')).sort(), ['open', 'shared/a']);
  t.true(names.includes('mine/a'));
  const [, scanned] = (await bob(t).call('SCAN', 0, 'COUNT', 1000, 'MATCH', '*a')) as [string, string[]];
  t.deepEqual(scanned.sort(), ['mine/a', 'shared/a']);
});

test('xids, pins and locations lead to names that are checked', async (t) => {
  const [all, one] = [root(t), bob(t)];
  const [[node, segment, offset, , xid]] = (await all.call('FABRIC.LOCATE', 'secret/a')) as [
    [string, string, number, number, number],
  ];
  t.is(await one.refusal('FABRIC.INFO', 'ID', xid), KEY);
  t.is(await one.refusal('FABRIC.PTR', node, segment, offset), KEY);
  t.is(await one.refusal('FABRIC.PTR', node, segment, offset, 'XID', xid), KEY);
  const [, pin] = (await all.call('FABRIC.PTR', 'secret/a')) as [string, string];
  t.is(await one.refusal('FABRIC.RELEASE', pin), KEY);
  t.is(await one.refusal('FABRIC.RENEW', pin, 1000), KEY);
  t.is(await all.call('FABRIC.RELEASE', pin), 0);

  const [[, here, at, , own]] = (await one.call('FABRIC.LOCATE', 'shared/a')) as [
    [string, string, number, number, number],
  ];
  t.is(((await one.call('FABRIC.INFO', 'ID', own)) as string[])[1], 'shared/a');
  const [, sharedPin] = (await one.call('FABRIC.PTR', node, here, at, 'XID', own)) as [string, string];
  t.is(await one.refusal('FABRIC.RELEASE', sharedPin, 'DELETE'), KEY);
  t.is(await one.call('FABRIC.RENEW', sharedPin, 60_000), 'OK');
  t.is(await one.call('FABRIC.RELEASE', sharedPin), 0);
  t.regex(await one.refusal('FABRIC.PTR', node, segment, offset, 'XID', own), /^STALE/);
});

test('a reservation is ended by who may write its name', async (t) => {
  const [all, one] = [root(t), bob(t)];
  const [, foreign] = (await all.call('FABRIC.RESERVE', 'secret/r', '', '4 * uint8')) as [string, number];
  t.is(await one.refusal('FABRIC.SEAL', foreign), KEY);
  t.is(await one.refusal('FABRIC.ABORT', foreign), KEY);
  t.is(await all.call('FABRIC.ABORT', foreign), 'OK');
  t.is(await one.refusal('FABRIC.RESERVE', 'secret/r', '', '4 * uint8'), KEY);
  const [, own] = (await one.call('FABRIC.RESERVE', 'mine/r', '', '4 * uint8')) as [string, number];
  t.is(((await one.call('FABRIC.SEAL', own)) as unknown[]).length, 1);
});

test('sources of the server need @dangerous besides the command', async (t) => {
  const file = join(server.folder, 'source');
  writeFileSync(file, 'from a file');
  const one = bob(t);
  const refused = (kind: string) =>
    `NOPERM ${kind} sources need '+@dangerous' in this user's commands, because they read what the server may read: send the bytes instead`;
  t.is(await one.refusal('FABRIC.INSERT', 'mine/f', '', 'bytes', 'FILE', file), refused('FILE'));
  t.is(await one.refusal('FABRIC.INSERT', 'mine/f', '', 'bytes', 'SHM', '/psm_x', 0, 1), refused('SHM'));
  t.truthy(await one.call('FABRIC.INSERT', 'mine/f', '', 'bytes', 'BYTES', 'x'));
  t.truthy(await one.call('FABRIC.INSERT', 'mine/g', '', 'bytes', 'FILE'));
  t.truthy(await as(t, 'importer', 'a').call('FABRIC.INSERT', 'secret/f', '', 'bytes', 'FILE', file));
});

test('a large payload that is not permitted is dropped, and the connection goes on', async (t) => {
  const one = bob(t);
  const large = randomBytes(5_000_000);
  t.is(await one.refusal('SET', 'secret/large', large), KEY);
  t.is(await one.refusal('FABRIC.INSERT', 'secret/large', '', 'bytes', 'BYTES', large), KEY);
  t.is(await one.call('SET', 'mine/large', large), 'OK');
  t.is(await root(t).call('EXISTS', 'secret/large', 'mine/large'), 1);
});

test('connections are listed and killed by user, and refusals are on record', async (t) => {
  const all = root(t);
  const one = bob(t);
  await one.refusal('GET', 'secret/recorded');
  t.regex(String(await all.call('CLIENT', 'LIST')), / user=bob /);
  const entries = (await all.call('ACL', 'LOG', 100)) as string[][];
  t.true(entries.some((entry) => entry[7] === 'secret/recorded' && entry[9] === 'bob' && entry[3] === 'key'));
  t.is(await all.refusal('CLIENT', 'KILL', 'USER', 'nobody'), "ERR No such user 'nobody'");
  t.is(await all.call('CLIENT', 'KILL', 'USER', 'gone'), 0);
  await as(t, 'victim', 'x').call('PING');
  t.is(await all.call('CLIENT', 'KILL', 'USER', 'victim'), 1);
});
