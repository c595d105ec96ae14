import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import { CLI, runCli } from '../support/cli.js';
import { startServer, type TestServer } from '../support/server.js';

function connect(t: ExecutionContext, server: TestServer, username?: string): Redis {
  const user = username === undefined ? {} : { username, password: 'any' };
  const client = new Redis(server.port, server.host, { maxRetriesPerRequest: 0, ...user });
  t.teardown(() => client.disconnect());
  return client;
}

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'datafabric-remote-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const call = (client: Redis, ...words: string[]) => client.call(...(words as [string, ...string[]]));
const pairs = (reply: unknown) => {
  const flat = reply as unknown[];
  return Object.fromEntries(flat.flatMap((value, at) => (at % 2 === 0 ? [[String(value), flat[at + 1]]] : [])));
};

async function refused(t: ExecutionContext, work: Promise<unknown>, message: RegExp): Promise<void> {
  await t.throwsAsync(work, { message });
}

test.serial('two repositories through RESP and from the shell', async (t) => {
  const root = folder(t);
  const server = await startServer(t, { config: { meta: { remote_roots: [root] } } });
  const client = connect(t, server);
  const url = `posix://${root}/shared`;
  await call(client, 'META.COMMIT', '2', 'a', 'a0', 'b', 'b0', 'MESSAGE', 'first');
  await call(client, 'META.LABEL', 'stable');
  t.is(await call(client, 'META.REMOTE', 'ADD', 'shared', url), 'OK');
  t.is(await call(client, 'META.REMOTE', 'ADD', 'shared', url), 'OK');
  await refused(t, call(client, 'META.REMOTE', 'ADD', 'shared', `${url}2`), /^CONFLICT the remote shared is posix:/);
  t.deepEqual(await call(client, 'META.REMOTE', 'LIST'), ['shared', url]);
  await refused(t, call(client, 'META.REMOTE', 'PULL', 'shared'), /^ERR the store .*\/shared: ENOENT/);
  t.like(pairs(await call(client, 'META.REMOTE', 'PUSH', 'shared')), {
    keys: 2,
    versions: 3,
    repository: '00000000',
    labels: 1,
    conflicts: [],
  });

  const own = join(folder(t), 'own.toml');
  execFileSync('sh', ['-c', `printf '[node]\\nname = "x"\\nstate_dir = "${root}/state"\\n' > ${own}`]);
  const shell = (...args: string[]) => execFileSync(process.execPath, [CLI, 'meta', '-c', own, ...args]).toString();
  t.is(shell('remote', 'add', 'office', url), '');
  t.is(shell('remote', 'list'), `office ${url}\n`);
  t.is(
    shell('remote', 'pull', 'office'),
    '2 keys, 3 versions and 1 labels brought, 66 bytes\nrepository version 00000000\n',
  );
  t.is(shell('get', 'a', 'stable'), 'a0');
  t.is(shell('repository'), '00000000 "first"\n00000000 a\n00000000 b\n');
  execFileSync(process.execPath, [CLI, 'meta', '-c', own, 'put', 'a'], { input: 'shell' });
  t.regex(shell('remote', 'push', 'office'), /^2 keys, 1 versions/);
  t.like(pairs(await call(client, 'META.REMOTE', 'PULL', 'shared')), { versions: 1, conflicts: [] });
  t.deepEqual(await call(client, 'META.GET', 'a'), ['00000001', 'shell']);

  execFileSync(process.execPath, [CLI, 'meta', '-c', own, 'put', 'a'], { input: 'shell again' });
  await call(client, 'META.PUT', 'a', 'server');
  shell('remote', 'push', 'office');
  const conflict = pairs(await call(client, 'META.REMOTE', 'PULL', 'shared'));
  t.deepEqual(pairs((conflict.conflicts as unknown[])[0]), {
    key: 'a',
    ours: '00000002',
    theirs: '00000002',
    first: '00000002',
    what: 'both sides have a version of their own',
  });
  t.deepEqual(await call(client, 'META.GET', 'a'), ['00000002', 'server']);
  t.deepEqual(pairs(await call(client, 'META.FSCK')).orphans, []);
  t.is(await call(client, 'META.REMOTE', 'REMOVE', 'shared'), 'OK');
  await refused(t, call(client, 'META.REMOTE', 'PULL', 'shared'), /^NOTFOUND there is no remote shared/);
  await refused(t, call(client, 'META.REMOTE', 'REMOVE', 'shared'), /^NOTFOUND/);

  const ended = await runCli(['meta', '-c', own, 'remote', 'pull', 'nowhere']);
  t.is(ended.code, 1);
  t.regex(ended.stderr, /there is no remote nowhere/);
});

test.serial('what a remote may be, and who may use it', async (t) => {
  const root = folder(t);
  const outside = folder(t);
  mkdirSync(join(root, 'in'));
  symlinkSync(outside, join(root, 'link'));
  const users = [
    { name: 'tame', nopass: true, commands: ['+@all', '-@dangerous', '+meta.remote'], read: ['*'], write: ['*'] },
  ];
  const server = await startServer(t, {
    config: { meta: { remote_roots: [join(root, 'in'), join(root, 'link', 'x')] } },
    users,
  });
  const client = connect(t, server);
  const add = (url: string, by = client) => call(by, 'META.REMOTE', 'ADD', 'r', url);
  for (const url of [`${root}/in`, `${root}/in/../other`, `${root}/inside`, '/etc', `${root}/link/y`]) {
    await refused(t, add(`posix://${url}`), /^NOPERM a remote needs a folder beneath one of meta\.remote_roots/);
  }
  symlinkSync(outside, join(root, 'in', 'way-out'));
  await refused(t, add(`posix://${root}/in/way-out/x`), /^NOPERM/);
  t.is(await add(`file://${root}/in/good`), 'OK');
  for (const url of ['s3://me:secret@bucket/x', 'http://x', 's3://bucket/x?secret_key=1', 'webhdfs://u:p@h/x']) {
    await refused(
      t,
      add(url),
      url.startsWith('http') ? /^ERR .* is no url of a store/ : /^NOPERM credentials don't belong/,
    );
  }
  for (const url of [
    'posix://host/x',
    'posix:///',
    's3://B/x',
    's3://bucket/x?endpoint=nowhere',
    'webhdfs://host',
    'memory:',
    'a b',
  ]) {
    await refused(t, add(url), /^ERR /);
  }
  await refused(t, add('s3://bucket/x?color=red'), /^ERR 'color' is nothing to say in such a url/);
  const tame = connect(t, server, 'tame');
  await refused(t, add('s3://bucket/x', tame), /^NOPERM remotes need '\+@dangerous'/);
  await refused(t, call(tame, 'META.REMOTE', 'PULL', 'r'), /^NOPERM remotes need/);
  await refused(t, call(client, 'META.REMOTE', 'FETCH', 'r'), /^ERR syntax error/);

  const closed = connect(t, await startServer(t));
  await refused(t, add(`posix://${root}/in/x`, closed), /^NOPERM no remote may be in the file system/);
});
