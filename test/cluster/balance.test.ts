import test from 'ava';
import { Balance } from '../../dist/cluster/balance.js';
import { NameList } from '../../dist/cluster/name-list.js';
import { Throttle } from '../../dist/cluster/throttle.js';

test('shares go by weight, and a move has to bring both ends nearer to theirs', (t) => {
  const balance = new Balance([
    { node: 'a', weight: 1, bytes: 1000 },
    { node: 'b', weight: 3, bytes: 1000 },
  ]);
  t.is(balance.excess('a'), 500);
  t.is(balance.excess('b'), -500);
  t.is(balance.surplus, 500);
  t.false(balance.isEven);
  t.true(balance.helps('a', 'b', 999));
  t.false(balance.helps('a', 'b', 1000));
  t.false(balance.helps('b', 'a', 1));
  t.false(balance.helps('a', 'elsewhere', 1));
  balance.move('a', 'b', 480);
  t.true(balance.isEven);
  t.is(balance.excess('a'), 20);
});

test('a list of names gives back what was put in, over its chunks', (t) => {
  const list = new NameList();
  const entries = Array.from({ length: 1000 }, (_, index) => ({
    name: Buffer.alloc(1 + (index % 512), index),
    xid: 2 ** 52 + index,
    tag: index,
  }));
  for (const entry of entries) list.push(entry);
  t.is(list.length, 1000);
  t.deepEqual([...list], entries);
});

test('bytes are let through at the rate, whoever spends them', async (t) => {
  let nowMs = 0;
  const throttle = new Throttle(1000, () => nowMs);
  const { signal } = new AbortController();
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve, 'waits'));
  t.is(await Promise.race([throttle.spend(60_000, signal), nextTurn()]), undefined);
  const givenUp = new AbortController();
  const second = throttle.spend(10, givenUp.signal);
  t.is(await Promise.race([second, nextTurn()]), 'waits');
  givenUp.abort();
  await second;
  // What is left of the time is waited for.
  nowMs = 60_000;
  await throttle.spend(10, signal);
  nowMs = 61_000;
  t.is(await Promise.race([throttle.spend(1, signal), nextTurn()]), undefined);
});
