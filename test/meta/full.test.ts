import { Readable } from 'node:stream';
import { join } from 'node:path';
import test from 'ava';
import { Meta } from '../../dist/meta/meta.js';
import { PosixStore } from '../../dist/storage/posix-store.js';
import { ShmRoom } from '../support/shm-room.js';
import { crc32c } from './crc32c.js';

test('a full file system is OOM, loses nothing, and is left as soon as there is room', async (t) => {
  const room = await ShmRoom.open(t, 2);
  const store = await PosixStore.open(join(room.path, 'store'));
  const meta = new Meta({ store, repository: 'r', crc32c });
  await meta.put('doc', Buffer.from('before'));
  await store.put('ballast', Buffer.alloc(1 << 20));

  const large = Buffer.alloc(2 << 20, 1);
  const full = { message: /no space left on device.*Make room in its file system/ };
  const works = [
    () => store.put('other', large),
    () => store.put('ballast', large),
    () => store.create('other', large),
    () => store.write('ballast', large.length, Readable.from([large])),
    () => meta.put('doc', large),
    () => meta.commit(new Map([['doc', large]])),
  ];
  for (const work of works) {
    const error = await t.throwsAsync<Error & { code?: string }>(work, full);
    t.is(error.code, 'OOM');
  }
  t.is((await store.get('ballast'))?.length, 1 << 20);
  t.is(await store.get('other'), undefined);
  t.is(String((await meta.get('doc'))?.value), 'before');

  await store.delete('ballast');
  t.is(await meta.put('doc', Buffer.alloc(1 << 20, 2), 0), 1);
  t.is((await meta.check(false)).damaged.length, 0);
});
