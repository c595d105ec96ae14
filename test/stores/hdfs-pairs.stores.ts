import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { provePair, type StoreTable } from './pair.js';
import { hdfsOptions } from './servers.js';

const table = (): StoreTable => ({ store: 'hdfs', ...hdfsOptions() });

test('posix and hdfs', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-pair-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  await provePair(t, { meta: { store: 'posix', path: join(folder, 'documents') }, data: table() });
});

test('hdfs and hdfs', (t) => provePair(t, { meta: table(), data: table() }));
