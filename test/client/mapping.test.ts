import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test, { type ExecutionContext } from 'ava';
import { native } from '../../dist/native.js';

const PAGE = 4096;

/** An object of its own for each test; `fill` may make it sparse. */
function object(t: ExecutionContext, content: Uint8Array): string {
  const name = `/dftest-map-${randomBytes(6).toString('hex')}`;
  writeFileSync(`/dev/shm${name}`, content);
  t.teardown(() => unlinkSync(`/dev/shm${name}`));
  return name;
}

const mapsOf = (name: string): string[] =>
  readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .filter((line) => line.endsWith(name));

const pages = (count: number) => Uint8Array.from({ length: count * PAGE }, (_, index) => index % 251);

test('a window is page-aligned, and the payload starts at its offset', (t) => {
  const content = pages(3);
  const name = object(t, content);
  const mapping = native.map(name, PAGE + 64, 100, false);
  t.is(mapping.offset, 64);
  t.is(mapping.buffer.byteLength, 164);
  t.deepEqual(new Uint8Array(mapping.buffer, mapping.offset, 100), content.slice(PAGE + 64, PAGE + 164));
  const { ino, size } = statSync(`/dev/shm${name}`);
  t.is(mapping.inode, ino);
  t.is(mapping.size, size);
  mapping.close();
});

test('a view sees what others write, and they what a writable one writes', (t) => {
  const name = object(t, pages(1));
  const reader = native.map(name, 0, PAGE, false);
  const writer = native.map(name, 0, PAGE, true);
  new Uint8Array(writer.buffer)[5] = 200;
  t.is(new Uint8Array(reader.buffer)[5], 200);
  t.is(readFileSync(`/dev/shm${name}`)[5], 200);
  const fd = openSync(`/dev/shm${name}`, 'r+');
  writeSync(fd, Buffer.from([201]), 0, 1, 6);
  closeSync(fd);
  t.is(new Uint8Array(reader.buffer)[6], 201);
  reader.close();
  writer.close();
});

test('writing to a view that is not writable changes that view alone', (t) => {
  const name = object(t, pages(1));
  const first = native.map(name, 0, PAGE, false);
  const second = native.map(name, 0, PAGE, false);
  new Uint8Array(first.buffer)[5] = 200;
  t.is(new Uint8Array(second.buffer)[5], 5);
  t.is(readFileSync(`/dev/shm${name}`)[5], 5);
  first.close();
  second.close();
});

test('close empties the views and unmaps; again it does nothing', async (t) => {
  const name = object(t, pages(1));
  const mapping = native.map(name, 0, PAGE, false);
  const view = new Uint8Array(mapping.buffer);
  t.is(mapsOf(name).length, 1);
  mapping.close();
  mapping.close();
  t.is(view.length, 0);
  while (mapsOf(name).length > 0) await setImmediate();
  t.pass();
});

test('what nobody refers to any more is unmapped', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const name = object(t, pages(1));
  const touch = () => new Uint8Array(native.map(name, 0, PAGE, false).buffer)[7];
  for (let i = 0; i < 20; i++) t.is(touch(), 7);
  while (mapsOf(name).length > 0) {
    collect();
    await setImmediate();
  }
  t.pass();
});

test("a view of this thread outlives another thread's", async (t) => {
  const name = object(t, pages(1));
  const mapping = native.map(name, 0, PAGE, false);
  const addon = new URL('../../build/Release/datafabric.node', import.meta.url).pathname;
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { map } = require(workerData.addon);
    globalThis.kept = [map(workerData.name, 0, ${PAGE}, false), map(workerData.name, 0, ${PAGE}, true)];
    parentPort.postMessage(new Uint8Array(kept[0].buffer)[9]);`;
  const worker = new Worker(code, { eval: true, workerData: { addon, name } });
  // Both may be told of in one turn.
  const ended = once(worker, 'exit');
  t.deepEqual(await once(worker, 'message'), [9]);
  await ended;
  t.is(mapsOf(name).length, 1);
  t.is(new Uint8Array(mapping.buffer)[9], 9);
  mapping.close();
});

test('an empty payload is an empty buffer', (t) => {
  const name = object(t, pages(1));
  for (const offset of [0, 64, PAGE]) t.is(native.map(name, offset, 0, false).buffer.byteLength, 0);
});

test('an object that is too small is refused with both numbers', (t) => {
  const name = object(t, pages(1));
  for (const [offset, length] of [
    [0, 4097],
    [4096, 1],
    [4097, 0],
    [1, 4096],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ] as const) {
    t.throws(() => native.map(name, offset, length, false), {
      code: 'ERR',
      message: `/dev/shm${name} has 4096 bytes, too few for ${length} at offset ${offset}`,
    });
  }
});

test('what is not an object of that name is refused', (t) => {
  const name = object(t, pages(1));
  const link = `${name}-link`;
  symlinkSync(`/dev/shm${name}`, `/dev/shm${link}`);
  t.teardown(() => unlinkSync(`/dev/shm${link}`));
  t.throws(() => native.map(link, 0, 1, false), { code: 'ERR' });
  t.throws(() => native.map(`${name}-none`, 0, 1, false), { code: 'NOTFOUND', message: /^there is no \/dev\/shm/ });
  for (const bad of ['', '/', 'name', '/../etc/passwd', '/a/b', '/a b', '/é', '/..', `/${'a'.repeat(255)}`]) {
    t.throws(() => native.map(bad, 0, 1, false), { code: 'ERR', message: /^a shared-memory name is/ }, bad);
  }
});

test('offsets and lengths are whole numbers', (t) => {
  const name = object(t, pages(1));
  for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    t.throws(() => native.map(name, bad, 1, false), { code: 'ERR' });
    t.throws(() => native.map(name, 0, bad, false), { code: 'ERR' });
  }
});

test('a view beyond 4 GiB is refused, one of 4 GiB is not', (t) => {
  const name = object(t, new Uint8Array(0));
  truncateSync(`/dev/shm${name}`, 5 * 2 ** 30);
  t.throws(() => native.map(name, 64, 2 ** 32, false), {
    code: 'ERR',
    message: 'a view spans at most 4294967296 bytes, this one would be 4294967360: read a part of it',
  });
  const mapping = native.map(name, 2 ** 30, 2 ** 32, false);
  t.is(mapping.buffer.byteLength, 2 ** 32);
  mapping.close();
});

test('a copy is the bytes as they were, and never writable', (t) => {
  const content = pages(2);
  const name = object(t, content);
  const mapping = native.map(name, PAGE - 3, 10, false, true);
  t.is(mapping.offset, 0);
  t.is(mapsOf(name).length, 0);
  t.deepEqual(new Uint8Array(mapping.buffer), content.slice(PAGE - 3, PAGE + 7));
  t.is(mapping.inode, statSync(`/dev/shm${name}`).ino);
  t.throws(() => native.map(name, 0, 1, true, true), { code: 'ERR', message: /insert the bytes instead/ });
  t.throws(() => native.map(name, 0, 2 * PAGE + 1, false, true), { code: 'ERR', message: /has 8192 bytes, too few/ });
  mapping.close();
});

test('mappings and slots come from their functions alone', (t) => {
  const mapping = native.map(object(t, pages(1)), 0, 1, false);
  const Mapping = mapping.constructor as new () => unknown;
  t.throws(() => new Mapping(), { code: 'ERR' });
  t.throws(() => ((mapping as { buffer: unknown }).buffer = new ArrayBuffer(1)), { instanceOf: TypeError });
  mapping.close();
});
