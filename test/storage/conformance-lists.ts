import type { ListOptions } from '../../dist/storage/store.js';
import { freshKey, refusal, type Bench } from './conformance.js';

/** In the order of bytes: '-' and '.' before '/', digits before capitals, '_' before small letters. */
const ORDERED = [
  'a',
  'a-/x',
  'a.',
  'a.b/c',
  'a.b0',
  'a0',
  'aB',
  'a_',
  'aa',
  'b-c',
  'b.c',
  'b/c',
  'b/c-d',
  'b/c.d',
  'b/d/e',
  'b/d0',
  'b0',
  'c/00000000/value',
  'c/00000001/value',
  'c/0000000a/value',
  'c/0000000f/value',
  'c/ffffffff/value',
  'd',
];

export function listConformance({ test, subject: { name }, store }: Bench): void {
  const listed = async (prefix: string, options?: ListOptions) => {
    const keys: string[] = [];
    for await (const { key } of store().list(prefix, options)) keys.push(key);
    return keys;
  };

  test(`${name}: lists are in the order of the keys' bytes, with lengths`, async (t) => {
    const base = freshKey();
    const shuffled = ORDERED.toSorted((one, other) => ((one.length * 7) % 5) - ((other.length * 7) % 5));
    for (const key of shuffled) await store().put(`${base}/${key}`, Buffer.alloc(key.length));
    const whole = ORDERED.map((key) => `${base}/${key}`);
    t.deepEqual(await listed(`${base}/`), whole);
    t.deepEqual(await listed(base), whole);
    for await (const { key, bytes } of store().list(`${base}/`)) t.is(bytes, key.length - base.length - 1);
    for (const prefix of [
      'a',
      'a-',
      'a.',
      'b',
      'b/',
      'b/c',
      'b/d',
      'c/0000000',
      'c/00000001/',
      'x',
      'x/',
      'a.b/c',
      'a.b/c/',
    ]) {
      const expected = whole.filter((key) => key.startsWith(`${base}/${prefix}`));
      t.deepEqual(await listed(`${base}/${prefix}`), expected, prefix);
    }
    for (const after of [...ORDERED, 'a-', 'b', 'b/', 'b/d', 'c0', 'c/00000001', 'c/00000005/value', '-', 'zz']) {
      const expected = whole.filter((key) => key > `${base}/${after}`);
      t.deepEqual(await listed(`${base}/`, { after: `${base}/${after}` }), expected, after);
    }
    t.deepEqual(
      await listed(`${base}/c/`, { after: `${base}/a` }),
      whole.filter((key) => key.startsWith(`${base}/c/`)),
    );
    t.deepEqual(await listed(`${base}/a`, { after: `${base}/b` }), []);
  });

  test(`${name}: lists of many, of none, and left early`, async (t) => {
    const base = freshKey();
    t.deepEqual(await listed(`${base}/`), []);
    const keys = Array.from({ length: 1100 }, (_, at) => `${base}/k${String(at).padStart(5, '0')}`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => store().put(key, Buffer.from('x'))));
    }
    t.deepEqual(await listed(`${base}/`), keys);
    t.deepEqual(await listed(`${base}/`, { after: keys[1050]! }), keys.slice(1051));
    for await (const { key } of store().list(`${base}/`, { after: keys[9]! })) {
      t.is(key, keys[10]!);
      break;
    }
  });

  test(`${name}: what is there throughout is listed while others come and go`, async (t) => {
    const base = freshKey();
    const stay = Array.from({ length: 30 }, (_, at) => `${base}/m${String(at).padStart(3, '0')}`);
    for (const key of stay) await store().put(key, Buffer.from('x'));
    const seen: string[] = [];
    let turn = 0;
    for await (const { key } of store().list(`${base}/`)) {
      seen.push(key);
      turn++;
      await store().put(`${base}/a${turn}`, Buffer.from('x'));
      await store().put(`${base}/n${turn}`, Buffer.from('x'));
      if (turn % 2 === 0) await store().delete(`${base}/a${turn}`);
      if (turn > 200) break;
    }
    t.deepEqual(
      seen.filter((key) => stay.includes(key)),
      stay,
    );
    t.deepEqual(seen, seen.toSorted(), 'in order all the same');
  });

  test(`${name}: what was deleted is listed no more, nor a prefix that no key has`, async (t) => {
    const base = freshKey();
    await store().put(`${base}/a/x`, Buffer.from('x'));
    await store().put(`${base}/b`, Buffer.from('x'));
    await store().delete(`${base}/a/x`);
    t.deepEqual(await listed(`${base}/`), [`${base}/b`]);
    await refusal(t, () => listed('../'));
    await refusal(t, () => listed('a//'));
    await refusal(t, () => listed('ä'));
  });
}
