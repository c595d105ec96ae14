/** A /dev/shm that is small or full, and a state directory that can't be written. */
import { chmodSync, mkdirSync, readFileSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { runCli } from '../support/cli.js';
import { ShmRoom } from '../support/shm-room.js';
import { TestServer } from '../support/server.js';
import { isError, startTarget } from './target.js';

const ROOM_MIB = 64;

/** Takes all that is left. */
function fill(room: ShmRoom): void {
  const { bavail, bsize } = statfsSync(room.path);
  writeFileSync(room.file('filler'), Buffer.alloc(bavail * bsize, 1));
}

test('64 MiB of /dev/shm: ALLOC beyond it says what is free and how to get more, and takes nothing', async (t) => {
  const room = await ShmRoom.open(t, ROOM_MIB);
  const target = await startTarget(t, { launcher: room.launcher, config: { node: { segments_mib: [32] } } });
  const free = statfsSync(room.path).bavail;
  const said = (await target.ask('FABRIC.ALLOC', '64')) as string;
  t.regex(said, /^-OOM \/dev\/shm has \d+ MiB free and the segment needs 64 MiB.*--shm-size/);
  t.is(statfsSync(room.path).bavail, free);
  t.is((await target.freeBytes()).size, 1);
  await target.assertWell(t);
});

test('64 MiB of /dev/shm: a node that asks for more does not start, says why and leaves nothing', async (t) => {
  const room = await ShmRoom.open(t, ROOM_MIB);
  const server = new TestServer({ launcher: room.launcher, config: { node: { segments_mib: [256] } } });
  t.teardown(() => server.dispose());
  const error = await t.throwsAsync(server.start());
  t.regex(error.message, /ended with 1 .*\/dev\/shm has \d+ MiB free and the segment needs 256 MiB.*--shm-size/s);
  t.deepEqual(room.names(), [`${server.prefix}.${server.node}.lock`]);
});

test('no room even for the catalog: the start is refused and leaves nothing', async (t) => {
  const room = await ShmRoom.open(t, ROOM_MIB);
  fill(room);
  const server = new TestServer({ launcher: room.launcher });
  t.teardown(() => server.dispose());
  const error = await t.throwsAsync(server.start());
  t.regex(error.message, /\/dev\/shm has no room for .*(?:free some|--shm-size)/);
  t.deepEqual(
    room.names().filter((name) => name !== 'filler'),
    [`${server.prefix}.${server.node}.lock`],
  );
  truncateSync(room.file('filler'), 0);
});

test('/dev/shm full: the node serves what it has, and refuses what needs more; nothing is lost', async (t) => {
  const room = await ShmRoom.open(t, ROOM_MIB);
  const target = await startTarget(t, { launcher: room.launcher, config: { node: { segments_mib: [32] } } });
  const before = await target.freeBytes();
  fill(room);
  const long = 'd'.repeat(60_000);
  let stored = 0;
  let said = await target.ask('FABRIC.INSERT', `v${stored}`, long, 'bytes', `bytes of ${stored}`);
  while (!isError(said)) said = await target.ask('FABRIC.INSERT', `v${++stored}`, long, 'bytes', `bytes of ${stored}`);
  t.regex(said, /^-OOM the catalog has no room.*\/dev\/shm is full.*--shm-size/);
  t.true(stored > 0);
  t.is(await target.ask('DBSIZE'), `:${stored}`);
  t.regex((await target.ask('FABRIC.ALLOC', '2')) as string, /^-OOM /);
  t.is((await target.ask('FABRIC.PTR', 'v0'))[0], '*');
  stored--;
  t.is(await target.ask('DEL', `v${stored}`), ':1');
  // Its address was handed out, so its descriptor and strings rest for a moment as its bytes do.
  while (isError(await target.ask('SET', 'fits again', 'x')));
  t.is(await target.ask('DEL', 'fits again'), ':1');
  await target.assertWell(t);
  for (let i = 0; i < stored; i++) t.is(await target.ask('GET', `v${i}`), `$bytes of ${i}`);

  await target.server.restart('SIGKILL');
  t.is(await target.ask('DBSIZE'), `:${stored}`);
  for (let i = 0; i < stored; i++) t.is(await target.ask('GET', `v${i}`), `$bytes of ${i}`);
  rmSync(room.file('filler'));
  t.is((await target.ask('FABRIC.INSERT', 'more', long, 'bytes', ''))[0], '*');
  t.is(await target.ask('FLUSHALL'), '+OK');
  await target.assertFree(t, before);
});

test('/dev/shm full: more descriptors than the catalog began with', async (t) => {
  const room = await ShmRoom.open(t, ROOM_MIB);
  const target = await startTarget(t, {
    launcher: room.launcher,
    config: { node: { segments_mib: [32] }, log: { level: 'info' } },
  });
  const before = await target.freeBytes();
  fill(room);
  let stored = 0;
  let refused: string | undefined;
  while (refused === undefined) {
    const names = Array.from({ length: 2000 }, (_, i) => `n${stored + i}`);
    const replies = await Promise.all(names.map((name) => target.ask('SET', name, 'x')));
    refused = replies.find(isError);
    stored += replies.filter((reply) => reply === '+OK').length;
    t.true(stored < 1_000_000);
  }
  t.regex(refused, /^-OOM the catalog has no room/);
  t.is(await target.ask('DBSIZE'), `:${stored}`);
  t.is(await target.ask('DEL', 'n0'), ':1');
  await target.assertWell(t);
  t.is(await target.ask('FLUSHALL'), '+OK');
  await target.assertFree(t, before);
});

test('a segment that does not fit midway is given back whole', async (t) => {
  const room = await ShmRoom.open(t, ROOM_MIB);
  const target = await startTarget(t, { launcher: room.launcher, config: { node: { segments_mib: [2] } } });
  // Holes: what is free by the count is taken by others while it is allocated.
  const replies = await Promise.all(['40', '40', '40'].map((mebibytes) => target.ask('FABRIC.ALLOC', mebibytes)));
  t.is(replies.filter((reply) => !isError(reply)).length, 1);
  for (const reply of replies.filter(isError)) t.regex(reply, /^-OOM .*--shm-size/);
  t.is(room.names().filter((name) => /\.s\d+$/.test(name)).length, 2);
  await target.assertWell(t);
});

test('a state directory that is no directory: the start is refused with its path', async (t) => {
  const server = new TestServer({});
  t.teardown(() => server.dispose());
  writeFileSync(server.stateDir, '');
  t.regex((await t.throwsAsync(server.start())).message, /cannot create node\.state_dir: .*EEXIST|ENOTDIR/);
  t.deepEqual(server.objects(), []);
});

test('a full or read-only state directory: the start is refused, and the variables stay', async (t) => {
  const target = await startTarget(t);
  const { server } = target;
  await target.ask('SET', 'kept', 'bytes');
  await server.kill();
  const epoch = join(server.stateDir, 'epoch');
  const before = readFileSync(epoch, 'utf8');
  // Root may write anywhere but into a directory.
  rmSync(`${epoch}.new`, { force: true, recursive: true });
  mkdirSync(`${epoch}.new`);
  t.regex((await t.throwsAsync(server.start())).message, /cannot write .*epoch/);
  rmSync(`${epoch}.new`, { recursive: true });
  for (const content of ['', 'x', '99999999999999999999']) {
    writeFileSync(epoch, content);
    t.regex((await t.throwsAsync(server.start())).message, /epoch doesn't hold an epoch; write a number/);
  }
  writeFileSync(epoch, before);
  chmodSync(epoch, 0o600);
  await server.start();
  t.is(await target.ask('GET', 'kept'), '$bytes');
  await target.assertWell(t);
});

test('a first start that cannot write its state leaves no shared memory', async (t) => {
  const server = new TestServer({});
  t.teardown(() => server.dispose());
  mkdirSync(join(server.stateDir, 'epoch.new'), { recursive: true });
  t.regex((await t.throwsAsync(server.start())).message, /cannot write .*epoch/);
  t.deepEqual(server.objects(), [`${server.prefix}.${server.node}.lock`]);
  t.is((await runCli(['purge', '--config', server.configPath, '--yes'])).code, 0);
});
