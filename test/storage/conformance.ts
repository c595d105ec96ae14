/** Every promise of the contract of stores as tests, for one kind of store. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ExecutionContext, TestFn } from 'ava';
import type { Store } from '../../dist/storage/store.js';
import { crashConformance } from './conformance-crash.js';
import { listConformance } from './conformance-lists.js';
import { raceConformance } from './conformance-races.js';
import { streamConformance } from './conformance-streams.js';
import { pattern } from './pattern.js';
import { openSubject, type Subject } from './subject.js';

/** What the tests of one kind of store share. */
export interface Bench {
  test: TestFn;
  subject: Subject;
  /** The store, open. */
  store: () => Store;
  options: () => unknown;
}

/** A part of keys no other test uses. */
export const freshKey = () => `t${randomBytes(8).toString('hex')}`;

export async function refusal(t: ExecutionContext, work: () => Promise<unknown>, code = 'ERR'): Promise<string> {
  const error: Error & { code?: string } = await t.throwsAsync(work);
  t.is(error.code, code, error.message);
  return error.message;
}

/** Tests of `subject`, added to a file of tests by its own `test`. */
export function conformance(test: TestFn, subject: Subject): void {
  let store: Store | undefined;
  let options: unknown;
  test.before(`${subject.name}: opens`, async () => {
    options = await subject.options();
    store = await openSubject(subject.module, options);
  });
  test.after.always(`${subject.name}: closes`, async () => store?.close());

  const bench: Bench = { test, subject, store: () => store!, options: () => options };
  objectConformance(bench);
  rangeConformance(bench);
  keyConformance(bench);
  listConformance(bench);
  streamConformance(bench);
  raceConformance(bench);
  if (subject.shared) crashConformance(bench);
}

function objectConformance({ test, subject, store }: Bench): void {
  const { name, largeBytes = 16 << 20 } = subject;

  test(`${name}: has tells objects that are there from others, by ones and by many`, async (t) => {
    const key = freshKey();
    await store().put(`${key}/there`, Buffer.from('one'));
    await store().put(`${key}/empty`, Buffer.alloc(0));
    const names = ['there', 'gone', 'empty', 'there/below', 'other/gone'];
    for (let turn = 0; turn < 3; turn++) {
      const found = await Promise.all(names.map((part) => store().has(`${key}/${part}`)));
      t.deepEqual(found, [true, false, true, false, false]);
    }
    t.false(await store().has(key), 'a folder is no object');
    await store().create(`${key}/gone`, Buffer.from('x'));
    t.true(await store().has(`${key}/gone`));
    await store().delete(`${key}/gone`);
    t.false(await store().has(`${key}/gone`));
    await refusal(t, () => store().has(`${key}/..`));
  });

  test(`${name}: an object is there after put, another after the next, none after delete`, async (t) => {
    const key = freshKey();
    t.is(await store().get(key), undefined);
    await store().put(key, Buffer.from('one'));
    t.is(String(await store().get(key)), 'one');
    await store().put(key, Buffer.from('another'));
    t.is(String(await store().get(key)), 'another');
    await store().delete(key);
    t.is(await store().get(key), undefined);
    await t.notThrowsAsync(store().delete(key), 'none to delete is no error');
  });

  test(`${name}: create makes what wasn't there, and leaves what was`, async (t) => {
    const key = `${freshKey()}/deep/er`;
    t.is(await store().create(key, Buffer.from('one')), 'created');
    t.is(await store().create(key, Buffer.from('another')), 'exists');
    t.is(String(await store().get(key)), 'one');
    await store().put(key, Buffer.from('put'));
    t.is(await store().create(key, Buffer.from('another')), 'exists');
    await store().delete(key);
    t.is(await store().create(key, Buffer.from('anew')), 'created');
    t.is(String(await store().get(key)), 'anew');
  });

  test(`${name}: empty objects are objects`, async (t) => {
    const key = freshKey();
    t.is(await store().create(key, Buffer.alloc(0)), 'created');
    t.deepEqual(await store().get(key), Buffer.alloc(0));
    t.is(await store().create(key, Buffer.from('x')), 'exists');
    t.deepEqual(await store().get(key, { offset: 0, length: 0 }), Buffer.alloc(0));
  });

  test(`${name}: large objects come back byte for byte`, async (t) => {
    const key = freshKey();
    const [one, other] = [pattern(1, largeBytes), pattern(2, largeBytes)];
    await store().put(key, one);
    t.true((await store().get(key))!.equals(one));
    await store().put(key, other);
    t.true((await store().get(key))!.equals(other));
    const made = freshKey();
    t.is(await store().create(made, one), 'created');
    t.true((await store().get(made))!.equals(one));
    await Promise.all([store().delete(key), store().delete(made)]);
  });

  test(`${name}: what was given and what came back are the caller's to change`, async (t) => {
    const key = freshKey();
    const given = Buffer.from('abc');
    await store().put(key, given);
    given.fill(0);
    const got = (await store().get(key))!;
    t.is(String(got), 'abc');
    got.fill(0);
    t.is(String(await store().get(key)), 'abc');
  });

  test(`${name}: bytes of every value`, async (t) => {
    const key = freshKey();
    const every = Buffer.from(Array.from({ length: 1024 }, (_, at) => at & 0xff));
    await store().put(key, every);
    t.deepEqual(await store().get(key), every);
  });
}

function rangeConformance({ test, subject: { name }, store }: Bench): void {
  test(`${name}: ranges`, async (t) => {
    const key = freshKey();
    await store().put(key, Buffer.from('0123456789'));
    const part = async (offset: number, length: number) => String(await store().get(key, { offset, length }));
    t.is(await part(0, 10), '0123456789');
    t.is(await part(0, 1), '0');
    t.is(await part(9, 1), '9');
    t.is(await part(3, 4), '3456');
    t.is(await part(4, 0), '');
    t.is(await part(10, 0), '');
    t.is(await store().get(freshKey(), { offset: 0, length: 1 }), undefined);
  });

  test(`${name}: ranges beyond the end are refused`, async (t) => {
    const key = freshKey();
    await store().put(key, Buffer.from('0123456789'));
    for (const [offset, length] of [
      [0, 11],
      [9, 2],
      [10, 1],
      [11, 0],
      [100, 1],
    ] as const) {
      await refusal(t, () => store().get(key, { offset, length }));
      await refusal(t, () => store().read(key, { offset, length }));
    }
  });
}

function keyConformance({ test, subject: { name, folders }, store }: Bench): void {
  test(`${name}: keys of every form`, async (t) => {
    const base = freshKey();
    const keys = ['a', '...', '.a', 'a.', '-', '_', 'A', 'x'.repeat(255), `a-/b_/c./${'d/'.repeat(100)}e`];
    for (const key of keys) t.is(await store().create(`${base}/${key}`, Buffer.from(key)), 'created', key);
    for (const key of keys) t.is(String(await store().get(`${base}/${key}`)), key);
    const long = `${base}/${'k'.repeat(200)}/${'k'.repeat(200)}/`;
    const longest = long + 'k'.repeat(512 - long.length);
    await store().put(longest, Buffer.from('long'));
    t.is(String(await store().get(longest)), 'long');
  });

  test(`${name}: keys differ by case`, async (t) => {
    const base = freshKey();
    await store().put(`${base}/key`, Buffer.from('lower'));
    await store().put(`${base}/KEY`, Buffer.from('upper'));
    t.is(String(await store().get(`${base}/key`)), 'lower');
  });

  test(`${name}: what is no key is refused, by every operation`, async (t) => {
    const wrong = [
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      'a/../b',
      './a',
      'a b',
      'ä',
      'a\0',
      'a~',
      'a\\b',
      'a:b',
      'a%2fb',
    ];
    for (const key of [...wrong, 'x'.repeat(256), 'x/'.repeat(256) + 'x']) {
      await refusal(t, () => store().get(key));
      await refusal(t, () => store().put(key, Buffer.alloc(1)));
      await refusal(t, () => store().create(key, Buffer.alloc(1)));
      await refusal(t, () => store().delete(key));
      await refusal(t, () => store().read(key));
      await refusal(t, () => store().write(key, 0, Readable.from([])));
    }
  });

  test(`${name}: a folder is no object`, async (t) => {
    const base = freshKey();
    await store().put(`${base}/a/b`, Buffer.from('x'));
    t.is(await store().get(`${base}/a`), undefined);
    t.is(await store().read(`${base}/a`), undefined);
    t.is(await store().get(`${base}/a/b/c`), undefined);
    await store().delete(`${base}/a`);
    t.is(String(await store().get(`${base}/a/b`)), 'x');
    if (!folders) return;
    await refusal(t, () => store().create(`${base}/a`, Buffer.from('y')));
    await refusal(t, () => store().put(`${base}/a`, Buffer.from('y')));
    await refusal(t, () => store().create(`${base}/a/b/c`, Buffer.from('y')));
    await refusal(t, () => store().put(`${base}/a/b/c`, Buffer.from('y')));
    t.is(String(await store().get(`${base}/a/b`)), 'x');
  });
}
