import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import { readDictionary, writeDictionary } from '../../dist/meta/formats.js';
import { Meta } from '../../dist/meta/meta.js';
import { encodeRecord } from '../../dist/meta/record.js';
import { MemoryStore } from '../../dist/storage/memory-store.js';
import { PosixStore } from '../../dist/storage/posix-store.js';
import type { Store } from '../../dist/storage/store.js';
import { overlay } from '../storage/overlay.js';
import { runCli } from '../support/cli.js';
import { startServer } from '../support/server.js';
import { crc32c } from './crc32c.js';
import { dies } from './victim.js';

/** Written by the program as it was in format 1: two versions of `store`, the second in a commit with `dictionary`; a label; a key of no format. */
const FORMAT_1 = new URL('../../test/meta/format-1/', import.meta.url);
const OLD = 'datafabric store 1\nclimate/2024\nclimate/2023\n';
const NEW = 'datafabric store 2\nvariable "climate/2024"\nvariable "climate/2023"\n';
const TYPES = [
  { name: 'climate/temperature', type: '365 * 180 * 360 * float32' },
  { name: 'stations', type: '1000 * {id: int32, name: bytes[16]}' },
];
const NEVER = 1_000_000;
const module = new URL('../storage/posix-module.js', import.meta.url).href;

function fixture(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-upgrade-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(FORMAT_1, join(folder, 'store'), { recursive: true });
  return join(folder, 'store');
}

const on = (store: Store) => new Meta({ store, repository: 'main', crc32c });
const open = async (path: string) => on(await PosixStore.open(path));
const shown = async (meta: Meta, key: string, version?: string) => String((await meta.get(key, version))?.value);
const diesUpgrading = (path: string, step: number) =>
  dies({ module, options: { path }, repository: 'main', deed: 'upgrade', steps: 'store', step });

async function isUpgraded(t: ExecutionContext, meta: Meta): Promise<void> {
  t.is(await shown(meta, 'store'), NEW);
  t.deepEqual(readDictionary((await meta.get('dictionary'))!.value), TYPES);
  t.is(await shown(meta, 'notes'), 'anything');
  const repository = await meta.repository();
  t.is(repository?.message, 'upgrade to format 2');
  t.deepEqual([...repository!.keys.keys()], ['dictionary', 'notes', 'store']);
  t.is((await meta.repository('first'))?.message, 'two years');
  t.is(await shown(meta, 'store', 'first'), OLD, 'older versions stay as they were written');
  t.deepEqual((await meta.check(true)).damaged, []);
}

test('a repository of format 1 becomes one of format 2, in one commit, once', async (t) => {
  const meta = await open(fixture(t));
  t.is(await shown(meta, 'store'), OLD);
  await meta.upgrade();
  await isUpgraded(t, meta);
  t.deepEqual(await meta.repository('00000001'), await meta.repository());
  await meta.upgrade();
  t.is((await meta.repository())?.version, 1, 'nothing is left to do');
  t.regex(await shown(meta, 'repository'), /^datafabric repository 2\n/);
});

test('kill -9 at every step of the upgrade: all of it or nothing, and the next one does it', async (t) => {
  t.timeout(120_000);
  let [step, done] = [0, 0];
  for (; ; step++) {
    const path = fixture(t);
    if (!(await diesUpgrading(path, step))) break;
    const left = await open(path);
    const isNew = (await shown(left, 'store')) === NEW;
    if (isNew) done++;
    else t.is(await shown(left, 'store'), OLD);
    t.is((await left.get('dictionary'))!.value.equals(writeDictionary(TYPES)), isNew, `step ${step}`);
    t.is((await left.repository())?.version, isNew ? 1 : 0);
    const next = await open(path);
    await next.upgrade();
    await isUpgraded(t, next);
  }
  t.is(step, 6, 'before and after two documents and the repository version');
  t.is(done, 1);
});

test('of several processes that upgrade at once one does it, and all carry on', async (t) => {
  t.timeout(120_000);
  for (let round = 0; round < 3; round++) {
    const path = fixture(t);
    const ends = await Promise.all(Array.from({ length: 4 }, () => diesUpgrading(path, NEVER)));
    t.deepEqual(new Set(ends), new Set([false]));
    const meta = await open(path);
    await isUpgraded(t, meta);
    const made = await meta.history('repository', 10);
    t.is(made.length, 2, 'the old one and the upgrade; fences are not shown');
  }
});

test('what is written behind the upgrade of another is not undone by a slow one', async (t) => {
  const store = await PosixStore.open(fixture(t));
  const faster = on(store);
  let late: Promise<unknown> | undefined;
  const slow = overlay(store, {
    create: async (key, bytes) => {
      late ??= faster.upgrade().then(() => faster.put('store', Buffer.from('datafabric store 2\nbucket "mine"\n')));
      await late;
      return store.create(key, bytes);
    },
  });
  const meta = on(slow);
  await meta.upgrade();
  t.is(await shown(meta, 'store'), 'datafabric store 2\nbucket "mine"\n');
  t.deepEqual(readDictionary((await meta.get('dictionary'))!.value), TYPES);
});

test('a plain put of an older program behind the reading of an upgrade is not undone either', async (t) => {
  const store = await PosixStore.open(fixture(t));
  let once = true;
  const slow = overlay(store, {
    create: async (key, bytes) => {
      if (once) {
        once = false;
        await put(store, 'store', 2, 'datafabric store 1\nclimate/2022\n');
      }
      return store.create(key, bytes);
    },
  });
  const meta = on(slow);
  await meta.upgrade();
  t.is(await shown(meta, 'store'), 'datafabric store 2\nvariable "climate/2022"\n');
});

/** As another program does, which knows other formats. */
async function put(store: Store, key: string, version: number, value: string | Buffer): Promise<void> {
  const header = { flags: 0, writer: 'f'.repeat(32), timeMs: 1, version, repository: 0 };
  const text = version.toString(16).padStart(8, '0');
  const record = encodeRecord(header, Buffer.from(value), `metadata/${key}`, crc32c);
  if (key !== 'repository') await store.create(`main/keys/${key}`, Buffer.alloc(0));
  await store.create(`main/metadata/${key}/${text}/value`, record);
}

test('documents without a commit are upgraded, too', async (t) => {
  const store = new MemoryStore();
  await put(store, 'store', 0, 'datafabric store 1\nx\n');
  const meta = on(store);
  await meta.upgrade();
  t.is(await shown(meta, 'store'), 'datafabric store 2\nvariable "x"\n');
  t.is((await meta.repository())?.version, 0);
});

test('a repository of format 1 without such documents states the new one', async (t) => {
  const store = new MemoryStore();
  await put(store, 'a', 0, 'x');
  await put(store, 'repository', 0, 'datafabric repository 1\nmessage "old"\n00000000 a\n');
  const meta = on(store);
  t.is((await meta.repository())?.message, 'old');
  await meta.upgrade();
  t.deepEqual([...(await meta.repository())!.keys], [['a', 0]]);
  t.regex(await shown(meta, 'repository'), /^datafabric repository 2\nmessage "upgrade to format 2"\n/);
});

test('nothing is written to a new repository, nor to one of the newest format', async (t) => {
  const store = new MemoryStore();
  const readOnly = on(overlay(store, { create: () => Promise.reject(new Error('written')) }));
  await readOnly.upgrade();
  await on(store).commit(new Map([['store', Buffer.from(NEW)]]));
  await readOnly.upgrade();
  t.is((await readOnly.repository())?.version, 0);
});

test('what no format can read stays as it is', async (t) => {
  const store = new MemoryStore();
  await put(store, 'store', 0, 'free text of somebody');
  const meta = on(store);
  await meta.upgrade();
  t.is(await shown(meta, 'store'), 'free text of somebody');
  t.is((await meta.check(false)).damaged.length, 1);
  await meta.put('store', Buffer.from(NEW));
  t.is(await shown(meta, 'store'), NEW);
});

test('a newer format is refused by name', async (t) => {
  const newer = /is of format 3, which a newer datafabric has written; this one knows up to 2\. Use the newer one/;
  for (const [key, value] of [
    ['repository', 'datafabric repository 3\nsomething else\n'],
    ['store', 'datafabric store 3\n?\n'],
    ['dictionary', Buffer.from('150600', 'hex')],
  ] as const) {
    const store = new MemoryStore();
    await put(store, key, 0, value);
    const meta = on(store);
    const error = await t.throwsAsync(meta.upgrade(), { message: newer });
    t.is((error as { code?: string }).code, 'LAYOUT');
    t.true(error.message.startsWith(`the document ${key} `));
    if (key !== 'repository') continue;
    // Of a program that was at work before the other came.
    await t.throwsAsync(meta.commit(new Map([['a', Buffer.from('x')]])), { message: newer });
    await t.throwsAsync(meta.repository(), { message: newer });
  }
});

test('a node and the shell upgrade before they serve', async (t) => {
  const [path, other] = [fixture(t), fixture(t)];
  const server = await startServer(t, { config: { meta: { path } } });
  const client = new Redis(server.port, server.host);
  t.teardown(() => client.disconnect());
  t.deepEqual(await client.call('META.GET', 'store'), ['00000002', NEW]);
  await t.throwsAsync(client.call('META.PUT', 'store', 'x'), {
    message: /^ERR this is no store of format 2: it does not begin with the number of a format\. Nothing was stored/,
  });
  const shell = (...words: string[]) => runCli(['meta', '-c', server.configPath, ...words]);
  t.deepEqual(JSON.parse((await shell('show', 'dictionary')).stdout), TYPES);
  t.deepEqual(JSON.parse((await shell('show', 'dictionary', 'first')).stdout), TYPES, 'of an older format, too');
  t.is((await shell('show', 'store')).stdout, NEW);
  await put(await PosixStore.open(path), 'store', 3, 'datafabric store 9\n');
  const refused = await shell('get', 'notes');
  t.is(refused.code, 1);
  t.regex(refused.stderr, /the document store is of format 9, which a newer datafabric has written/);
  const again = await startServer(t, { config: { meta: { path: other } } });
  const alone = await runCli(['meta', '-c', again.configPath, 'get', 'store']);
  t.is(alone.stdout, NEW);
});
