import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import { runCli } from '../support/cli.js';
import { startServer } from '../support/server.js';
import { provePair } from '../stores/pair.js';

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-pair-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('memory and memory', (t) => provePair(t, { meta: { store: 'memory' }, data: { store: 'memory' } }));

test('memory and posix', (t) =>
  provePair(t, { meta: { store: 'memory' }, data: { store: 'posix', path: folderOf(t) } }));

test('posix and posix', (t) => {
  const folder = folderOf(t);
  return provePair(t, {
    meta: { store: 'posix', path: join(folder, 'documents') },
    data: { store: 'posix', path: join(folder, 'data') },
  });
});

test('a store that is away leaves the node at work, says why, and is there once it can be', async (t) => {
  const folder = folderOf(t);
  // A file where the folder is to be.
  writeFileSync(join(folder, 'documents'), '');
  const server = await startServer(t, { config: { meta: { path: join(folder, 'documents') } } });
  const client = new Redis(server.port, server.host);
  t.teardown(() => client.disconnect());
  await t.throwsAsync(client.call('META.GET', 'doc'), { message: /^ERR the store \/.*documents/ });
  const info = await client.info('stores');
  t.regex(info, /meta_store_state:failed\r\nmeta_store_location:\r\nmeta_store_problem:the store \/.*documents/);
  const status = await runCli(['status', '--url', server.url]);
  t.regex(status.stdout, /meta +posix +failed +the store \/.*documents/);
  t.regex(server.output(), /\[meta\]: the store .*it is tried again when it is needed/);
  rmSync(join(folder, 'documents'));
  t.is(await client.call('META.GET', 'doc'), null);
  t.regex(
    await client.info('stores'),
    /meta_store_state:attached\r\nmeta_store_location:\/.*documents, repository main\r\n/,
  );
});

test('an S3 store without credentials says how they are given', async (t) => {
  const folder = folderOf(t);
  const meta = { store: 's3', bucket: 'b', endpoint: 'http://127.0.0.1:9', credentials_file: join(folder, 'none') };
  const server = await startServer(t, { config: { meta, data: { store: 'memory' } } });
  const client = new Redis(server.port, server.host);
  t.teardown(() => client.disconnect());
  await t.throwsAsync(client.call('META.GET', 'doc'), {
    message:
      /^NOPERM there are no credentials for the store s3:\/\/b\/ at http:\/\/127\.0\.0\.1:9 .*Name a credentials_file/,
  });
});
