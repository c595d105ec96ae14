import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { conformance } from './conformance.js';

const folder = mkdtempSync(join(tmpdir(), 'datafabric-posix-'));
test.after.always('the folder goes', () => rmSync(folder, { recursive: true, force: true }));

conformance(test, {
  name: 'posix',
  module: new URL('posix-module.js', import.meta.url).href,
  options: () => Promise.resolve({ path: join(folder, 'store') }),
  shared: true,
  folders: true,
});
