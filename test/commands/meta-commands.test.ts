import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import { CLI, runCli } from '../support/cli.js';
import { Meta } from '../../dist/meta/meta.js';
import { PosixStore } from '../../dist/storage/posix-store.js';
import { crc32c } from '../meta/crc32c.js';
import { startServer, TestServer } from '../support/server.js';

const shared = new TestServer({ users: [{ name: 'reader', nopass: true, commands: ['+@all'], read: ['public*'] }] });
test.before(() => shared.start());
test.after.always(() => shared.dispose());

function connect(t: ExecutionContext, server: TestServer = shared, username?: string): Redis {
  const user = username === undefined ? {} : { username, password: 'any' };
  const client = new Redis(server.port, server.host, { maxRetriesPerRequest: 0, ...user });
  t.teardown(() => client.disconnect());
  return client;
}

const call = (client: Redis, words: string) => client.call(...(words.split(' ') as [string, ...string[]]));

async function refused(t: ExecutionContext, work: Promise<unknown>, message: RegExp): Promise<void> {
  await t.throwsAsync(work, { message });
}

test('documents through RESP', async (t) => {
  const client = connect(t);
  t.is(await call(client, 'META.GET doc'), null);
  t.is(await call(client, 'META.PUT doc one IF NONE'), '00000000');
  t.is(await call(client, 'meta.put doc two if 00000000'), '00000001');
  await refused(t, call(client, 'META.PUT doc x IF 00000000'), /^CONFLICT doc is at version 00000001, not at 00000000/);
  await refused(t, call(client, 'META.PUT doc x IF'), /^ERR syntax error: version is missing/);
  await refused(t, call(client, 'META.PUT doc x IF 5'), /^ERR a version is written in 8 hex digits/);
  await refused(t, call(client, 'META.PUT doc x NX'), /^ERR syntax error: expected IF version or IF NONE/);
  await refused(t, call(client, 'META.PUT a/b x'), /^ERR 'a\/b' is no key/);
  t.deepEqual(await call(client, 'META.GET doc'), ['00000001', 'two']);
  t.deepEqual(await call(client, 'META.GET doc 00000000'), ['00000000', 'one']);
  const history = (await call(client, 'META.HISTORY doc COUNT 1')) as unknown[][];
  t.is(history.length, 1);
  t.deepEqual(history[0]?.slice(0, 4), ['version', '00000001', 'bytes', 3]);
  t.true(((await call(client, 'META.KEYS MATCH d*')) as string[]).includes('doc'));
  t.deepEqual(await call(client, 'META.KEYS MATCH zzz*'), []);
  t.regex(String(((await call(client, 'META.HELP')) as string[])[1]), /^META\.PUT key value \[IF <version \| NONE>\]$/);
});

test.serial('commits, labels, compaction and the check through RESP', async (t) => {
  const client = connect(t, await startServer(t));
  await refused(t, call(client, 'META.LABEL first'), /^NOTFOUND there is no repository version yet/);
  t.is(await call(client, 'META.REPOSITORY'), null);
  t.deepEqual(await call(client, 'META.COMMIT 2 a 1 b 2 MESSAGE why'), [
    'version',
    '00000000',
    'keys',
    ['a', '00000000', 'b', '00000000'],
  ]);
  await refused(t, call(client, 'META.COMMIT 1 a 3 IF 00000007'), /^CONFLICT the repository is at version 00000000/);
  await refused(t, call(client, 'META.COMMIT 2 a 1 a 2'), /^ERR the key 'a' is there twice/);
  await refused(t, call(client, 'META.COMMIT 3 a 1 b 2'), /^ERR syntax error: key is missing/);
  t.is(await call(client, 'META.LABEL first'), '00000000');
  t.deepEqual(await call(client, 'META.LABELS'), ['first', '00000000']);
  for (const value of ['x', 'y', 'z']) await call(client, `META.PUT a ${value}`);
  t.is(await call(client, 'META.COMPACT a KEEP 1'), 2);
  await refused(t, call(client, 'META.COMPACT a KEEP 0'), /^ERR KEEP must be an integer from 1/);
  t.deepEqual(await call(client, 'META.GET a first'), ['00000000', '1']);
  t.deepEqual(await call(client, 'META.REPOSITORY first'), [
    'version',
    '00000000',
    'message',
    'why',
    'keys',
    ['a', '00000000', 'b', '00000000'],
  ]);
  const report = (await call(client, 'META.FSCK')) as unknown[];
  t.deepEqual(report.slice(0, 4), ['keys', 2, 'versions', 5]);
  t.deepEqual(report.slice(6), ['damaged', [], 'orphans', [], 'cleaned', 0]);
});

test('who listens to a key is told each version', async (t) => {
  const [listener, client] = [connect(t), connect(t)];
  await listener.subscribe('__meta__:told');
  const told = once(listener, 'message');
  await call(client, 'META.PUT told x');
  t.deepEqual(await told, ['__meta__:told', '00000000']);
  const again = once(listener, 'message');
  await call(client, 'META.COMMIT 1 told y');
  t.deepEqual(await again, ['__meta__:told', '00000001']);
});

test.serial('who listens is told what other processes store', async (t) => {
  const server = await startServer(t, { config: { meta: { watch_ms: 20 } } });
  const [listener, client] = [connect(t, server), connect(t, server)];
  const outside = new Meta({ store: await PosixStore.open(join(server.stateDir, 'meta')), repository: 'main', crc32c });
  await outside.put('doc', Buffer.from('before'));
  const heard: string[] = [];
  let complete: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (complete = resolve));
  const told = (channel: string, version: string) => {
    if (heard.push(`${channel} ${version}`) === 21) complete();
  };
  listener.on('message', told);
  listener.on('pmessage', (_, channel: string, version: string) => told(`p ${channel}`, version));
  await listener.subscribe('__meta__:doc');
  await listener.psubscribe('__meta__:n*');
  for (let turn = 0; turn < 10; turn++) {
    await outside.put('doc', Buffer.from('outside'));
    await call(client, 'META.PUT doc inside');
  }
  await outside.put('new', Buffer.from('x'));
  await all;
  t.deepEqual(
    heard.filter((line) => !line.startsWith('p')),
    [...Array.from({ length: 20 }, (_, at) => `__meta__:doc ${(at + 1).toString(16).padStart(8, '0')}`)],
  );
  t.deepEqual(
    heard.filter((line) => line.startsWith('p')),
    ['p __meta__:new 00000000'],
  );
});

test('a user reads the documents its patterns match, and lists none', async (t) => {
  const [client, reader] = [connect(t), connect(t, shared, 'reader')];
  await call(client, 'META.PUT public-x yes');
  t.deepEqual(await call(reader, 'META.GET public-x'), ['00000000', 'yes']);
  await refused(t, call(reader, 'META.GET secret'), /^NOPERM/);
  await refused(t, call(reader, 'META.PUT public-x no'), /^NOPERM/);
  await refused(t, call(reader, 'META.KEYS'), /^NOPERM/);
  await refused(t, call(reader, 'META.REPOSITORY'), /^NOPERM/);
  await refused(t, call(reader, 'META.COMMIT 1 public-x no'), /^NOPERM/);
});

test.serial('documents outlive the server, and the shell reads and writes them with or without it', async (t) => {
  const server = await startServer(t);
  const client = connect(t, server);
  await call(client, 'META.PUT doc server');
  const shell = (args: string, input = '') =>
    execFileSync(process.execPath, [CLI, 'meta', '-c', server.configPath, ...args.split(' ')], { input }).toString();
  t.is(shell('get doc'), 'server');
  t.is(shell('put doc', 'shell'), '00000001\n');
  t.deepEqual(await call(client, 'META.GET doc'), ['00000001', 'shell']);
  client.disconnect();
  await server.kill();
  t.is(shell('put doc --if 00000001', 'alone'), '00000002\n');
  t.is(shell(`commit doc=${join(process.cwd(), 'package.json')} -m why`), '00000000\n00000003 doc\n');
  t.is(shell('get doc'), readFileSync('package.json', 'utf8'));
  t.is(shell('keys'), 'doc\n');
  t.is(shell('label first'), '00000000\n');
  t.is(shell('labels'), '00000000 first\n');
  t.is(shell('repository first'), '00000000 "why"\n00000003 doc\n');
  t.is(shell('compact doc --keep 1'), '3\n');
  t.regex(shell('history doc'), /^00000003 \S+Z \d+ [0-9a-f]{8} [0-9a-f]{32}\n$/);
  t.regex(shell('fsck'), /^1 keys, 3 versions, \d+ bytes; 0 orphans removed\n$/);
  const conflict = await runCli(['meta', '-c', server.configPath, 'put', 'doc', '/dev/null', '--if', 'none']);
  t.is(conflict.code, 1);
  t.regex(conflict.stderr, /doc is at version 00000003, none was to be there/);
  const missing = await runCli(['meta', '-c', server.configPath, 'get', 'none']);
  t.deepEqual([missing.code, missing.stdout], [1, '']);
});

test.serial('a store that cannot be opened is an error of META only', async (t) => {
  const server = await startServer(t, { config: { meta: { path: '/proc/none' } } });
  const client = connect(t, server);
  await refused(t, call(client, 'META.GET doc'), /^(ERR|NOPERM) the store \/proc\/none/);
  t.is(await client.ping(), 'PONG');
});

test.serial('in memory, documents go with the server', async (t) => {
  const server = await startServer(t, { config: { meta: { store: 'memory' } } });
  t.is(await call(connect(t, server), 'META.PUT doc x'), '00000000');
  const shell = await runCli(['meta', '-c', server.configPath, 'get', 'doc']);
  t.is(shell.code, 2);
});
