import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Meta } from '../../dist/meta/meta.js';
import { Watch, type Audience } from '../../dist/meta/watch.js';
import { MemoryStore } from '../../dist/storage/memory-store.js';
import type { Store } from '../../dist/storage/store.js';
import { overlay } from '../storage/overlay.js';
import { crc32c } from './crc32c.js';

const INTERVAL_MS = 10;
const open = (store: Store) => new Meta({ store, repository: 'r', crc32c });
const text = (value: string) => Buffer.from(value);

/** Who listens to what, and what was told; `store` is asked by the watch alone. */
class Listeners {
  readonly told: string[] = [];
  readonly errors: unknown[] = [];
  readonly watch: Watch;
  readonly meta: Meta;
  looks = 0;
  #audience: Audience = { keys: new Set(), patterns: new Map() };
  #waiting: { count: number; resolve: () => void } | undefined;

  constructor(t: ExecutionContext, store: Store) {
    const counted = overlay(store, { get: (...args) => (this.looks++, store.get(...args)) });
    this.meta = open(counted);
    this.watch = new Watch({
      meta: () => Promise.resolve(this.meta),
      audience: () => this.#audience,
      publish: (key, version) => {
        this.told.push(`${key} ${version}`);
        if (this.told.length === this.#waiting?.count) this.#waiting.resolve();
      },
      intervalMs: () => INTERVAL_MS,
      onError: (error) => this.errors.push(error),
    });
    t.teardown(() => this.watch.close());
  }

  listen(keys: readonly string[], patterns: Readonly<Record<string, RegExp>> = {}): Promise<void> {
    const audience = {
      keys: new Set(keys),
      patterns: new Map(Object.entries(patterns).map(([name, of]) => [name, (key: string) => of.test(key)] as const)),
    };
    return this.watch.begin(audience, () => (this.#audience = audience));
  }

  leave(): void {
    this.#audience = { keys: new Set(), patterns: new Map() };
  }

  /** Of this node. */
  async put(key: string): Promise<void> {
    this.watch.wrote(key, await this.meta.put(key, text('here')));
  }

  async until(count: number): Promise<void> {
    if (this.told.length >= count) return;
    // The watch itself keeps no process alive.
    const alive = setInterval(() => undefined, 1000);
    await new Promise<void>((resolve) => (this.#waiting = { count, resolve }));
    clearInterval(alive);
  }
}

test('versions from outside and from here are told in order, each once', async (t) => {
  const store = new MemoryStore();
  const outside = open(store);
  for (let at = 0; at < 3; at++) await outside.put('doc', text('before'));
  const listeners = new Listeners(t, store);
  await listeners.listen(['doc', 'late']);
  const writers = Array.from({ length: 4 }, async (_, at) => {
    for (let turn = 0; turn < 100; turn++) {
      await (at % 2 === 0 ? outside.put('doc', text('x')) : listeners.put('doc'));
      if (turn % 10 === 0) await sleep(1);
    }
  });
  await Promise.all(writers);
  await listeners.put('unheard');
  await outside.put('late', text('x'));
  await listeners.until(402);
  t.deepEqual(
    listeners.told.filter((line) => line.startsWith('doc')),
    Array.from({ length: 400 }, (_, at) => `doc ${at + 3}`),
  );
  t.deepEqual(listeners.told.filter((line) => !line.startsWith('doc')).sort(), ['late 0', 'unheard 0']);
});

test('patterns: keys that appear are new from their first version on', async (t) => {
  const store = new MemoryStore();
  const outside = open(store);
  await outside.put('a1', text('before'));
  const listeners = new Listeners(t, store);
  await listeners.listen([], { 'a*': /^a/, repository: /^repository$/ });
  for (let at = 0; at < 3; at++) await outside.put('a2', text('x'));
  await outside.put('a1', text('x'));
  await outside.put('b', text('x'));
  await listeners.put('a3');
  await outside.commit(new Map([['a1', text('x')]]));
  await listeners.until(7);
  t.deepEqual([...listeners.told].sort(), ['a1 1', 'a1 2', 'a2 0', 'a2 1', 'a2 2', 'a3 0', 'repository 0']);
});

test('a commit on its way is told when it counts, one that is ended never, and what is removed is told all the same', async (t) => {
  const store = new MemoryStore();
  const outside = open(store);
  const listeners = new Listeners(t, store);
  await listeners.listen(['a']);
  let held: (() => void) | undefined;
  const slow = open(
    overlay(store, {
      create: async (key, bytes) => {
        if (key.includes('/metadata/repository/')) await new Promise<void>((resolve) => (held = resolve));
        return store.create(key, bytes);
      },
    }),
  );
  const commit = slow.commit(new Map([['a', text('0')]]));
  const before = listeners.looks;
  while (listeners.looks < before + 5) await sleep(1);
  t.deepEqual(listeners.told, []);
  held!();
  await commit;
  await listeners.until(1);
  const dying = overlay(store, {
    create: (key, bytes) =>
      key.includes('/metadata/repository/') ? Promise.reject(new Error('dead')) : store.create(key, bytes),
  });
  await t.throwsAsync(open(dying).commit(new Map([['a', text('half')]])));
  await outside.put('a', text('2'));
  await outside.put('a', text('3'));
  await outside.compact('a', 1);
  await listeners.until(3);
  t.deepEqual(listeners.told, ['a 0', 'a 2', 'a 3']);
});

test('nothing is asked while nobody listens, and who comes again hears nothing old', async (t) => {
  const store = new MemoryStore();
  const outside = open(store);
  const listeners = new Listeners(t, store);
  await listeners.listen(['doc']);
  await outside.put('doc', text('0'));
  await listeners.until(1);
  listeners.leave();
  await sleep(3 * INTERVAL_MS);
  const looks = listeners.looks;
  await outside.put('doc', text('1'));
  await sleep(5 * INTERVAL_MS);
  t.is(listeners.looks, looks);
  await listeners.listen(['doc']);
  await outside.put('doc', text('2'));
  await listeners.until(2);
  t.deepEqual(listeners.told, ['doc 0', 'doc 2']);
});

test('a store that goes away loses nothing, and is complained of once', async (t) => {
  const store = new MemoryStore();
  const outside = open(store);
  let away = false;
  const fail = () => (away ? Promise.reject(new Error('away')) : Promise.resolve());
  const listeners = new Listeners(t, overlay(store, { get: async (...args) => (await fail(), store.get(...args)) }));
  await listeners.listen(['doc', 'other']);
  away = true;
  await outside.put('doc', text('0'));
  await outside.put('doc', text('1'));
  const looks = listeners.looks;
  while (listeners.looks < looks + 6) await sleep(1);
  t.is(listeners.errors.length, 1);
  away = false;
  await listeners.until(2);
  t.deepEqual(listeners.told, ['doc 0', 'doc 1']);
});
