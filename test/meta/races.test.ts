import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { startServer } from '../support/server.js';
import { races } from './races.js';

const module = new URL('../storage/posix-module.js', import.meta.url).href;

races(test.serial, 'posix', (t) => {
  const path = mkdtempSync(join(tmpdir(), 'datafabric-races-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return Promise.resolve({ module, options: { path } });
});

for (const store of ['memory', 'posix']) {
  races(test.serial, `${store}, through a server`, async (t) => {
    const { host, port } = await startServer(t, { config: { meta: { store } } });
    return { host, port };
  });
}
