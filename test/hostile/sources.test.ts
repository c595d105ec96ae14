/** What FILE and SHM are pointed at: everything but a regular file that keeps still. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { bytesOf, label, startFabric, rejectsCode } from '../support/fabric.js';
import { startTarget, type Target } from './target.js';

const MIB = 1 << 20;

interface Place {
  target: Target;
  root: string;
  prefix: string;
  before: Map<string, number>;
}

async function place(t: ExecutionContext): Promise<Place> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'datafabric-sources-')));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const prefix = `/dfsource${process.pid}-${Math.random().toString(36).slice(2)}`;
  const target = await startTarget(t, {
    config: {
      security: { source_roots: [root, '/proc', '/dev'], shm_source_prefixes: [prefix, '/dftest'] },
    },
  });
  return { target, root, prefix, before: await target.freeBytes() };
}

const insertFile = (target: Target, path: string, ...range: string[]) =>
  target.ask('FABRIC.INSERT', 'x', '', 'bytes', 'FILE', path, ...range);

const insertShm = (target: Target, name: string, offset = '0', length = '1') =>
  target.ask('FABRIC.INSERT', 'x', '', 'bytes', 'SHM', name, offset, length);

async function assertRefused(
  t: ExecutionContext,
  { target, before }: Place,
  cases: [string, Promise<unknown>, RegExp][],
) {
  for (const [title, reply, pattern] of cases) t.regex(String(await reply), pattern, title);
  t.is(await target.ask('EXISTS', 'x'), ':0');
  await target.assertFree(t, before);
  await target.assertWell(t);
}

test('FILE: what is no regular file beneath the root', async (t) => {
  const where = await place(t);
  const { target, root } = where;
  const at = (...parts: string[]) => join(root, ...parts);
  mkdirSync(at('folder'));
  writeFileSync(at('file'), 'bytes');
  writeFileSync(at('folder', 'file'), 'bytes');
  symlinkSync('file', at('link'));
  symlinkSync('/etc/passwd', at('outside'));
  symlinkSync('folder', at('way'));
  symlinkSync('/etc', at('away'));
  symlinkSync('loop', at('loop'));
  spawnSync('mkfifo', [at('fifo')]);
  const socket = createServer().listen(at('socket'));
  t.teardown(() => socket.close());
  await once(socket, 'listening');
  const file = (path: string, ...range: string[]) => insertFile(target, path, ...range);
  await assertRefused(t, where, [
    ['absent', file(at('absent')), /^-NOTFOUND there is no file/],
    ['a folder', file(at('folder')), /^-ERR .*not a regular file/],
    ['the root', file(root), /^-NOPERM /],
    ['the root with a slash', file(`${root}/`), /^-NOPERM /],
    ['a link inside', file(at('link')), /^-ERR .*symbolic link/],
    ['a link outside', file(at('outside')), /^-ERR .*symbolic link/],
    ['a link to a folder on the way', file(at('way', 'file')), /^-ERR .*symbolic link/],
    ['a link to elsewhere on the way', file(at('away', 'passwd')), /^-ERR .*symbolic link/],
    ['a link to itself', file(at('loop')), /^-ERR .*symbolic link/],
    ['out by dots', file(`${root}/../../etc/passwd`), /^-NOPERM /],
    ['out by dots over a folder', file(`${root}/folder/../../../etc/passwd`), /^-NOPERM /],
    ['a path beside the root that begins as it', file(`${root}x/file`), /^-NOPERM /],
    ['relative', file('file'), /^-NOPERM /],
    ['empty', file(''), /^-NOPERM /],
    ['a file as a folder', file(at('file', 'x')), /^-ERR .*Not a directory/],
    ['a FIFO', file(at('fifo')), /^-ERR .*not a regular file/],
    ['a socket', file(at('socket')), /^-ERR /],
    ['a device', file('/dev/zero'), /^-ERR .*not a regular file/],
    ['a terminal', file('/dev/tty'), /^-ERR /],
    ["a magic link to the server's program", file('/proc/self/exe'), /^-ERR .*symbolic link/],
    ['a magic link to a folder', file(`/proc/${process.pid}/cwd/package.json`), /^-ERR .*symbolic link/],
    ['a descriptor of the server', file('/proc/self/fd/0'), /^-ERR .*symbolic link/],
    ["the server's memory", file('/proc/thread-self/mem', '0', '4096'), /^-ERR /],
    ['a name that is too long', file(at('n'.repeat(300))), /^-ERR .*File name too long/],
    ['a path that is too long', file(at('n/'.repeat(3000))), /^-ERR .*at most 4095 bytes/],
    ['a NUL', file(at('file\0')), /^-ERR .*without NUL/],
    ['beyond the end', file(at('file'), '3', '3'), /^-ERR .*has 5 bytes; offset 3 and length 3 reach to 6/],
    ['far beyond the end', file(at('file'), '9007199254740991', '0'), /^-ERR .*has 5 bytes/],
    ['an offset without length', file(at('file'), '0'), /^-ERR .*length is missing/],
  ]);
});

test('FILE: what can be read is, holes included', async (t) => {
  const { target, root } = await place(t);
  const at = (name: string) => join(root, name);
  writeFileSync(at('file'), 'bytes');
  linkSync(at('file'), at('hard link'));
  writeFileSync(at('sparse'), '');
  truncateSync(at('sparse'), 3 * MIB);
  writeFileSync(at('empty'), '');
  for (const [name, range, content] of [
    ['file', [], 'bytes'],
    ['hard link', ['1', '3'], 'yte'],
    ['file', ['5', '0'], ''],
    ['empty', [], ''],
    ['sparse', [], '\0'.repeat(3 * MIB)],
  ] as const) {
    t.is((await insertFile(target, at(name), ...range))[0], '*', name);
    t.true((await target.ask('GET', 'x')) === `$${content}`, name);
    await target.ask('DEL', 'x');
  }
  await target.assertWell(t);
});

test('SHM: what is no other object with an allowed name', async (t) => {
  const where = await place(t);
  const { target, prefix } = where;
  const shm = (name: string) => join('/dev/shm', name);
  const made = ['file', 'folder', 'link', 'fifo'].map((kind) => `${prefix}-${kind}`);
  t.teardown(() => made.forEach((name) => rmSync(shm(name), { recursive: true, force: true })));
  writeFileSync(shm(made[0]!), 'bytes');
  mkdirSync(shm(made[1]!));
  symlinkSync(made[0]!.slice(1), shm(made[2]!));
  spawnSync('mkfifo', [shm(made[3]!)]);
  const [segment] = [...where.before.keys()];
  await assertRefused(t, where, [
    ['absent', insertShm(target, `${prefix}-absent`), /^-NOTFOUND there is no shared-memory object/],
    ['a folder', insertShm(target, made[1]!), /^-ERR .*not a regular file/],
    ['a link', insertShm(target, made[2]!), /^-ERR .*symbolic link/],
    ['a FIFO', insertShm(target, made[3]!), /^-ERR .*not a regular file/],
    ['another name', insertShm(target, '/psm_x'), /^-NOPERM SHM objects must begin with/],
    ['its own segment', insertShm(target, segment!), /^-NOPERM .*the fabric's own/],
    ['its own catalog', insertShm(target, segment!.replace('s0001', 'catalog')), /^-NOPERM .*the fabric's own/],
    ['a path', insertShm(target, `${prefix}/../passwd`), /^-ERR SHM needs an object's name/],
    ['without a slash', insertShm(target, made[0]!.slice(1)), /^-ERR SHM needs an object's name/],
    ['dots', insertShm(target, '/..'), /^-ERR SHM needs an object's name/],
    ['too long', insertShm(target, `${prefix}${'x'.repeat(255)}`), /^-ERR SHM needs an object's name/],
    ['beyond the end', insertShm(target, made[0]!, '3', '3'), /^-ERR .*has 5 bytes/],
    ['no range', target.ask('FABRIC.INSERT', 'x', '', 'bytes', 'SHM', made[0]!), /^-ERR .*offset is missing/],
  ]);
});

/** A fabric in this process, where the source changes between the moment its length was looked up and the first byte copied. */
async function changing(t: ExecutionContext, change: (path: string) => void) {
  const rig = await startFabric(t, { sourceRoots: (folder) => [folder] });
  const path = join(rig.folder, 'source');
  writeFileSync(path, Buffer.alloc(2 * MIB, 'x'));
  const free = rig.store.segments()[0]!.freeBytes;
  const copy = rig.store.copyFrom.bind(rig.store);
  const changeAndCopy = (...args: Parameters<typeof copy>) => {
    change(path);
    return copy(...args);
  };
  Object.defineProperty(rig.store, 'copyFrom', { value: changeAndCopy });
  const inserted = rig.fabric.inserts.source(label('x'), { kind: 'file', path: Buffer.from(path), range: undefined });
  return { rig, inserted, free };
}

for (const left of [0, 1, MIB, 2 * MIB - 1]) {
  test(`FILE: a source truncated to ${left} bytes before it is copied is refused, and its room comes back`, async (t) => {
    const { rig, inserted, free } = await changing(t, (path) => truncateSync(path, left));
    const said = await rejectsCode(t, 'ERR', inserted);
    t.true(said.startsWith(`the source ended after ${left} of ${2 * MIB} bytes; it was truncated meanwhile`), said);
    t.is(bytesOf(rig, 'x'), undefined);
    t.is(rig.store.segments()[0]!.freeBytes, free);
  });
}

test('FILE: a source that grows while it is copied is copied as long as it was', async (t) => {
  const { rig, inserted } = await changing(t, (path) => appendFileSync(path, 'and more'));
  t.is((await inserted)[0]!.length, 2 * MIB);
  t.true(bytesOf(rig, 'x')!.equals(Buffer.alloc(2 * MIB, 'x')));
});
