import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { native } from '../../dist/native.js';
import { nodeLooks, PosixPresence, type FileLooks } from '../../dist/storage/posix-presence.js';

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'datafabric-presence-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

for (const [name, open] of [
  ['the addon', () => native.openFileLooks()],
  ['Node.js', () => nodeLooks],
] as const) {
  test(`${name}: each who asks is told of its own file`, async (t) => {
    const path = folder(t);
    const presence = new PosixPresence(open());
    t.teardown(() => presence.close());
    for (const even of [0, 2, 4, 6]) writeFileSync(join(path, String(even)), 'x');
    const absent = await Promise.all(Array.from({ length: 8 }, (_, at) => presence.absent(join(path, String(at)))));
    t.deepEqual(absent, [false, true, false, true, false, true, false, true]);
    t.true(await presence.absent(join(path, '0', 'below')));
    t.false(await presence.absent(join(path, 'x'.repeat(300))), "what can't be told isn't called absent");
  });
}

test('one look for all of a turn, begun when the turn ends; it fails for them all', async (t) => {
  const asked: string[] = [];
  let away = false;
  const looks: FileLooks = {
    absent: (paths) => {
      asked.push(paths);
      return away ? Promise.reject(new Error('away')) : Promise.resolve(Uint8Array.from([1, 0]));
    },
    close: () => undefined,
  };
  const presence = new PosixPresence(looks);
  const both = Promise.all([presence.absent('/a'), presence.absent('/b')]);
  t.deepEqual(asked, [], 'what is done in the same turn is seen');
  t.deepEqual(await both, [true, false]);
  t.deepEqual(asked, ['/a\0/b\0']);
  await setImmediate();
  t.true(await presence.absent('/c'));
  t.deepEqual(asked, ['/a\0/b\0', '/c\0']);
  away = true;
  const failed = [presence.absent('/d'), presence.absent('/e')];
  for (const one of failed) await t.throwsAsync(one, { message: 'away' });
});

test('closed looks refuse', async (t) => {
  const looks = native.openFileLooks();
  const last = looks.absent('/none\0');
  looks.close();
  looks.close();
  t.deepEqual([...(await last)], [1]);
  t.throws(() => looks.absent('/none\0'), { code: 'ERR', message: 'the store is closed' });
  await t.throwsAsync(new PosixPresence(looks).absent('/none'), { message: 'the store is closed' });
});
