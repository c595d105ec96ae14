/** Versions travel over a store that only a url names. */
import type { ExecutionContext } from 'ava';
import { Meta } from '../../dist/meta/meta.js';
import { transferWith, type Direction } from '../../dist/meta/remote.js';
import { MemoryStore } from '../../dist/storage/memory-store.js';
import type { NamedCredentials } from '../../dist/storage/s3-options.js';
import { crc32c } from '../meta/crc32c.js';

const pairs = (of: Record<string, string>) =>
  new Map(Object.entries(of).map(([key, value]) => [key, Buffer.from(value)]));

export async function travels(t: ExecutionContext, url: string, credentials?: NamedCredentials): Promise<void> {
  const [one, other] = ['one', 'other'].map(
    (repository) => new Meta({ store: new MemoryStore(), repository, crc32c }),
  ) as [Meta, Meta];
  await Promise.all([one, other].map((meta) => meta.remotes.add('middle', url)));
  const transfer = (meta: Meta, direction: Direction) =>
    transferWith(meta, { name: 'middle', direction, roots: [], ...(credentials && { credentials }) });
  for (let turn = 0; turn < 20; turn++) await one.put(`k${turn % 3}`, Buffer.from(`put ${turn}`));
  await one.commit(pairs({ k0: 'committed', extra: 'committed' }), { message: 'why' });
  await one.label('stable');
  t.like(await transfer(one, 'push'), { versions: 23, labels: 1, repository: 0, conflicts: [] });
  t.like(await transfer(other, 'pull'), { versions: 23, labels: 1, repository: 0, conflicts: [] });
  t.deepEqual(await other.repository('stable'), await one.repository('stable'));
  t.deepEqual(await other.history('k0', 100), await one.history('k0', 100));
  await other.put('k1', Buffer.from('other'));
  await one.put('k1', Buffer.from('one'));
  await one.put('k2', Buffer.from('one'));
  t.like(await transfer(one, 'push'), { versions: 2, conflicts: [] });
  const { conflicts, versions } = await transfer(other, 'pull');
  t.deepEqual([versions, conflicts.map(({ key, first }) => [key, first])], [1, [['k1', 7]]]);
}
