import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Meta } from '../../dist/meta/meta.js';
import { PosixStore } from '../../dist/storage/posix-store.js';
import { crashes } from './crashes.js';
import { crc32c } from './crc32c.js';

const module = new URL('../storage/posix-module.js', import.meta.url).href;
const root = mkdtempSync(join(tmpdir(), 'datafabric-crashes-'));
test.after.always(() => rmSync(root, { recursive: true, force: true }));

crashes(test.serial, 'posix', () =>
  Promise.resolve({
    module,
    options: { path: join(root, 'store') },
    steps: 'files',
    stepsMin: { put: 8, 'first put': 16, commit: 32, pull: 32 },
  }),
);

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-meta-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'store');
}

const open = async (path: string) => new Meta({ store: await PosixStore.open(path), repository: 'r', crc32c });
const text = (value: string) => Buffer.from(value);
const shown = async (meta: Meta, key: string) => (await meta.get(key))?.value.toString();

test('racing writers on one repository: one winner for each version', async (t) => {
  t.timeout(120_000);
  const path = folderOf(t);
  const metas = await Promise.all(Array.from({ length: 16 }, () => open(path)));
  await metas[0]!.put('a', text('first'), 'none');
  for (let version = 0; version < 50; version++) {
    const ends = await Promise.allSettled(metas.map((meta, at) => meta.put('a', text(`${version} ${at}`), version)));
    const winners = ends.flatMap((end, at) => (end.status === 'fulfilled' ? [at] : []));
    t.is(winners.length, 1);
    t.true(
      ends.every((end) => end.status === 'fulfilled' || (end.reason as Error).message.startsWith('a is at version')),
    );
    t.is(await shown(metas[version % 16]!, 'a'), `${version} ${winners[0]!}`);
  }
});
