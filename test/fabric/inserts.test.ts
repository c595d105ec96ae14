import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { native } from '../../dist/native.js';
import { bytesOf, entryOf, label, MIB, rejectsCode, startFabric, throwsCode } from '../support/fabric.js';

const used = (fabric: { segments(): { usedBytes: number }[] }) =>
  fabric.segments().reduce((sum, segment) => sum + segment.usedBytes, 0);

test('bytes come back as they went in', async (t) => {
  const f = await startFabric(t);
  const payload = randomBytes(6400);
  const entry = entryOf(f.fabric.inserts.bytes(label('grid', '40 * 20 * float64'), payload));
  t.deepEqual(bytesOf(f, 'grid'), payload);
  t.deepEqual(bytesOf(f, 'default/grid'), payload);
  const { xid, type, state, crc32c } = f.store.describe(entry);
  t.deepEqual({ type, state, crc32c }, { type: '40 * 20 * float64', state: 'SEALED', crc32c: native.crc32c(payload) });
  t.is(f.fabric.readers.informationOfXid(xid)?.name.toString(), 'grid');
  t.is(f.fabric.counters.insertedBytes, 6400);
});

test('a payload may be empty', async (t) => {
  const f = await startFabric(t);
  void f.fabric.inserts.bytes(label('nothing'), Buffer.alloc(0));
  void f.fabric.inserts.bytes(label('none', '0 * int32'), Buffer.alloc(0));
  t.is(bytesOf(f, 'nothing')?.length, 0);
  t.is(f.fabric.readers.length(Buffer.from('none')), 0);
});

test('a taken name is refused with what a retry needs to know its own write', async (t) => {
  const f = await startFabric(t);
  const entry = entryOf(f.fabric.inserts.bytes(label('x'), Buffer.from('first')));
  const { xid, crc32c } = f.store.describe(entry);
  const sentence = throwsCode(t, 'EXISTS', () => f.fabric.inserts.bytes(label('default/x'), Buffer.from('second')));
  t.true(sentence.includes(`xid=${xid} length=5 crc32c=${crc32c}`), sentence);
  t.is(bytesOf(f, 'x')?.toString(), 'first');
});

test('REPLACE takes the place of a sealed variable, not of a reservation', async (t) => {
  const f = await startFabric(t);
  void f.fabric.inserts.bytes(label('x'), Buffer.from('first'));
  void f.fabric.inserts.bytes(label('x', '6 * uint8', true), Buffer.from('second'));
  t.is(bytesOf(f, 'x')?.toString(), 'second');
  t.is(f.fabric.stats().variables, 1);
  f.fabric.reservations.reserve(label('y'), 4, { kind: 'connection', connection: 1 });
  const sentence = throwsCode(t, 'EXISTS', () => f.fabric.inserts.bytes(label('y', 'bytes', true), Buffer.from('b')));
  t.regex(sentence, /xid=\d+ length=4/);
});

test('a length other than the type fixes is refused with both numbers, before anything is stored', async (t) => {
  const f = await startFabric(t);
  const short = () => f.fabric.inserts.bytes(label('x', '40 * 20 * float64'), Buffer.alloc(6399));
  t.regex(throwsCode(t, 'TYPE', short), /6400.*6399/);
  const late = () => f.fabric.inserts.incoming(label('x', '40 * 20 * float64'), MIB);
  t.regex(throwsCode(t, 'TYPE', late), /6400.*1048576/);
  const ragged = () => f.fabric.inserts.bytes(label('x', 'var * int32'), Buffer.alloc(6));
  t.regex(throwsCode(t, 'TYPE', ragged), /4.*6/);
  t.is(used(f.fabric), 0);
  t.is(f.fabric.stats().entries, 0);
});

test('a bad type is refused with its column', async (t) => {
  const f = await startFabric(t);
  t.regex(
    throwsCode(t, 'TYPE', () => f.fabric.inserts.bytes(label('x', '3 * flaot64'), Buffer.alloc(24))),
    /column 5/,
  );
  t.regex(
    throwsCode(t, 'TYPE', () => f.fabric.inserts.bytes(label('x', ' '.repeat(70_000)), Buffer.alloc(1))),
    /70000 bytes/,
  );
  const notText = { ...label('x'), type: Buffer.from([0xff]) };
  t.regex(
    throwsCode(t, 'TYPE', () => f.fabric.inserts.bytes(notText, Buffer.alloc(1))),
    /UTF-8/,
  );
});

test('documentation is text up to its limit', async (t) => {
  const f = await startFabric(t, { limits: { documentationBytesMax: 10 } });
  const documented = (documentation: Buffer) =>
    f.fabric.inserts.bytes({ ...label('x'), documentation }, Buffer.alloc(1));
  t.regex(
    throwsCode(t, 'ERR', () => documented(Buffer.alloc(11))),
    /has 11 bytes.*documentation_bytes_max allows 10/,
  );
  t.regex(
    throwsCode(t, 'ERR', () => documented(Buffer.from([0xc3]))),
    /UTF-8/,
  );
  void documented(Buffer.from('zehn Böte'));
  t.is(f.fabric.readers.information(Buffer.from('x'))?.documentation, 'zehn Böte');
});

test('a payload that comes in pieces is checksummed on its way and seen only when sealed', async (t) => {
  const f = await startFabric(t);
  const bytes = randomBytes(300_000);
  const payload = f.fabric.inserts.incoming(label('large'), bytes.length);
  t.is(f.fabric.stats().reservedBytes, 300_000);
  let crc32c = 0;
  for (let at = 0; at < bytes.length; at += 70_000) crc32c = payload.write(at, bytes.subarray(at, at + 70_000));
  t.is(crc32c, native.crc32c(bytes));
  t.is(bytesOf(f, 'large'), undefined);
  t.regex(
    throwsCode(t, 'EXISTS', () => f.fabric.inserts.bytes(label('large'), bytes)),
    /being written/,
  );
  void payload.seal(crc32c);
  t.deepEqual(bytesOf(f, 'large'), bytes);
  t.is(f.fabric.stats().reservedBytes, 0);
  payload.abandon();
  t.deepEqual(bytesOf(f, 'large'), bytes);
});

test('a payload given up leaves nothing', async (t) => {
  const f = await startFabric(t);
  const payload = f.fabric.inserts.incoming(label('x'), 300_000);
  payload.write(0, Buffer.alloc(1000));
  payload.abandon();
  payload.abandon();
  t.is(used(f.fabric), 0);
  t.is(f.fabric.stats().reservedBytes, 0);
  void f.fabric.inserts.bytes(label('x'), Buffer.from('again'));
});

test('nobody else can seal or abort a payload on its way in', async (t) => {
  const f = await startFabric(t);
  const payload = f.fabric.inserts.incoming(label('x'), 100);
  const { xid } = f.store.describe(payload.entry);
  await rejectsCode(t, 'NOTFOUND', f.fabric.reservations.seal(xid));
  throwsCode(t, 'NOTFOUND', () => f.fabric.reservations.abort(xid));
  void payload.seal(payload.write(0, Buffer.alloc(100)));
  t.is((await f.fabric.reservations.seal(xid))[0]?.xid, xid);
});

test('payloads and reservations under way have a limit together', async (t) => {
  const f = await startFabric(t, { limits: { reservedBytesMax: 1000 } });
  const payload = f.fabric.inserts.incoming(label('x'), 600);
  const another = () => f.fabric.inserts.incoming(label('y'), 401);
  t.regex(throwsCode(t, 'OOM', another), /401 bytes on top of the 600.*reserved_bytes_max \(1000\)/);
  payload.abandon();
  another().abandon();
  t.pass();
});

test('a payload beyond the bulk limit is refused', async (t) => {
  const f = await startFabric(t, { limits: { bulkBytesMax: 1000 } });
  t.regex(
    throwsCode(t, 'ERR', () => f.fabric.inserts.incoming(label('x'), 1001)),
    /1001 bytes; limits.bulk_bytes_max allows 1000/,
  );
});

test('a full node says what is free and what to do', async (t) => {
  const f = await startFabric(t);
  const whole = throwsCode(t, 'OOM', () => f.fabric.inserts.bytes(label('x'), Buffer.alloc(5 * MIB)));
  t.regex(whole, /5242880.*4194304.*FABRIC\.ALLOC/);
  const nothing = await startFabric(t, { empty: true });
  t.regex(
    throwsCode(t, 'OOM', () => nothing.fabric.inserts.bytes(label('x'), Buffer.alloc(1))),
    /FABRIC\.ALLOC/,
  );
});

test('a file is read, or a part of it', async (t) => {
  const f = await startFabric(t, { sourceRoots: (folder) => [folder] });
  const bytes = randomBytes(500_000);
  const path = join(f.folder, 'a.bin');
  writeFileSync(path, bytes);
  const file = { kind: 'file', path: Buffer.from(path), range: undefined } as const;
  const [placement] = await f.fabric.inserts.source(label('whole'), file);
  t.is(placement?.length, 500_000);
  await f.fabric.inserts.source(label('part', '1000 * uint8'), { ...file, range: { offset: 499_000, length: 1000 } });
  t.deepEqual(bytesOf(f, 'whole'), bytes);
  t.deepEqual(bytesOf(f, 'part'), bytes.subarray(499_000));
  t.is(f.fabric.readers.information(Buffer.from('whole'))?.crc32c, native.crc32c(bytes));
});

test('only regular files beneath a root, through no link', async (t) => {
  const f = await startFabric(t, { sourceRoots: (folder) => [join(folder, 'root')] });
  const root = join(f.folder, 'root');
  mkdirSync(join(root, 'deep'), { recursive: true });
  writeFileSync(join(f.folder, 'secret'), 'secret');
  writeFileSync(join(root, 'deep', 'a'), 'a');
  symlinkSync(join(f.folder, 'secret'), join(root, 'link'));
  symlinkSync(join(root, 'deep'), join(root, 'shortcut'));
  const insert = (path: string) =>
    f.fabric.inserts.source(label('x'), { kind: 'file', path: Buffer.from(path), range: undefined });
  t.true((await rejectsCode(t, 'NOPERM', insert(join(f.folder, 'secret')))).includes(root));
  await rejectsCode(t, 'NOPERM', insert(`${root}/../secret`));
  await rejectsCode(t, 'NOPERM', insert(`${root}x/secret`));
  await rejectsCode(t, 'NOPERM', insert('root/deep/a'));
  await rejectsCode(t, 'NOPERM', insert(root));
  await rejectsCode(t, 'NOTFOUND', insert(join(root, 'none')));
  for (const path of ['link', 'shortcut/a', 'deep']) {
    await t.throwsAsync(insert(join(root, path)), undefined, path);
  }
  await rejectsCode(t, 'ERR', insert(`${root}/a\0b`));
  t.is(f.fabric.stats().entries, 0);
  await insert(`${root}/deep/../deep/a`);
  t.is(bytesOf(f, 'x')?.toString(), 'a');
});

test('FILE needs a root in the config', async (t) => {
  const f = await startFabric(t);
  const source = { kind: 'file', path: Buffer.from('/etc/hostname'), range: undefined } as const;
  t.regex(await rejectsCode(t, 'NOPERM', f.fabric.inserts.source(label('x'), source)), /security\.source_roots/);
});

test('a range beyond the end of a file is refused with all numbers', async (t) => {
  const f = await startFabric(t, { sourceRoots: (folder) => [folder] });
  const path = join(f.folder, 'a.bin');
  writeFileSync(path, Buffer.alloc(100));
  const source = { kind: 'file', path: Buffer.from(path), range: { offset: 90, length: 11 } } as const;
  t.regex(await rejectsCode(t, 'ERR', f.fabric.inserts.source(label('x'), source)), /100 bytes.*90.*11.*101/);
  const whole = { ...source, range: undefined };
  t.regex(await rejectsCode(t, 'TYPE', f.fabric.inserts.source(label('x', '99 * uint8'), whole)), /99.*100/);
});

test("another process' shared memory is read by its configured prefix", async (t) => {
  const prefix = `/dftestsource${process.pid}`;
  const f = await startFabric(t, { shmSourcePrefixes: [prefix] });
  const bytes = randomBytes(10_000);
  const name = `${prefix}_${f.options.node}`;
  writeFileSync(`/dev/shm${name}`, bytes);
  t.teardown(() => unlinkSync(`/dev/shm${name}`));
  const shm = (object: string) =>
    ({ kind: 'shm', name: Buffer.from(object), range: { offset: 100, length: 9000 } }) as const;
  await f.fabric.inserts.source(label('x'), shm(name));
  t.deepEqual(bytesOf(f, 'x'), bytes.subarray(100, 9100));
  const insert = (object: string) => f.fabric.inserts.source(label('y'), shm(object));
  t.true((await rejectsCode(t, 'NOPERM', insert('/psm_1'))).includes(prefix));
  await rejectsCode(t, 'NOTFOUND', insert(`${prefix}_none`));
  for (const object of ['psm', '/a/b', '/', '/..', '/a b', '']) await rejectsCode(t, 'ERR', insert(object));
});

test("the fabric's own objects are no source, whatever the prefixes", async (t) => {
  const f = await startFabric(t, { shmSourcePrefixes: ['/dftest'] });
  const source = { kind: 'shm', name: Buffer.from(f.sharedId), range: { offset: 0, length: 1 } } as const;
  t.regex(await rejectsCode(t, 'NOPERM', f.fabric.inserts.source(label('x'), source)), /fabric's own/);
});

/** What a descriptor of this process is of; undefined when it has been closed meanwhile. */
function target(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

test('no descriptor of a source stays open', async (t) => {
  const f = await startFabric(t, { sourceRoots: (folder) => [folder] });
  const path = join(f.folder, 'a.bin');
  writeFileSync(path, Buffer.alloc(100));
  // Of this file only: others that the process has come and go with the tests beside this one.
  const open = () => readdirSync('/proc/self/fd').filter((fd) => target(fd) === path).length;
  const source = { kind: 'file', path: Buffer.from(path), range: undefined } as const;
  for (let i = 0; i < 50; i++) {
    await f.fabric.inserts.source(label(`v${i}`), source);
    await t.throwsAsync(f.fabric.inserts.source(label(`v${i}`), source));
    await t.throwsAsync(f.fabric.inserts.source(label('bad', '1 * uint8'), source));
  }
  t.is(open(), 0);
  const fd = openSync(path, 'r');
  t.is(open(), 1, 'it would have been seen');
  closeSync(fd);
});
