import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Meta } from '../../dist/meta/meta.js';
import { PosixStore } from '../../dist/storage/posix-store.js';
import { crc32c } from './crc32c.js';
import { dies } from './victim.js';

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-meta-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'store');
}

const open = async (path: string) => new Meta({ store: await PosixStore.open(path), repository: 'r', crc32c });
const text = (value: string) => Buffer.from(value);
const shown = async (meta: Meta, key: string) => (await meta.get(key))?.value.toString();

test('kill -9 at every step of a put: the version is there or not', async (t) => {
  t.timeout(120_000);
  const path = folderOf(t);
  await (await open(path)).put('a', text('old'));
  let step = 0;
  for (; await dies(path, 'put', step); step++) {
    const meta = await open(path);
    const [before, after] = [step === 0 ? 'old' : `next ${step - 1}`, `new ${step}`];
    t.true([before, after].includes((await shown(meta, 'a'))!));
    await meta.put('a', text(`next ${step}`));
    t.is(await shown(meta, 'a'), `next ${step}`);
    const { damaged, orphans } = await meta.check(false);
    t.deepEqual([damaged, orphans], [[], []]);
  }
  t.is(step, 2, 'before and after the only change there is to make');
});

test('kill -9 at every step of a commit: all of it or nothing, and what is left is cleaned up', async (t) => {
  t.timeout(120_000);
  const path = folderOf(t);
  await (
    await open(path)
  ).commit(
    new Map([
      ['a', text('old')],
      ['b', text('old')],
    ]),
  );
  let [step, counted] = [0, 0];
  for (; await dies(path, 'commit', step); step++) {
    const meta = await open(path);
    const values = await Promise.all(['a', 'b', `c${step}`].map((key) => shown(meta, key)));
    const whole = values[0] === `new ${step}`;
    if (whole) counted++;
    t.is(values[1], values[0], `step ${step}`);
    t.is(values[2], whole ? values[0] : undefined, `step ${step}`);
    const written = new Map([
      ['a', text(`next ${step}`)],
      ['b', text(`next ${step}`)],
    ]);
    const { keys } = await meta.commit(written);
    t.is(keys.size, 2);
    t.is(await shown(await open(path), 'b'), `next ${step}`);
    await meta.check(true);
    const { damaged, orphans } = await meta.check(false);
    t.deepEqual(damaged, []);
    t.true(orphans.every(({ key }) => key === `c${step}` || key.startsWith('c')));
  }
  t.is(step, 10, 'before and after a key made, three versions and the repository version');
  t.is(counted, 1, 'once the repository version is there, and not before');
});

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
