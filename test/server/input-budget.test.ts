import test from 'ava';
import { InputBudget } from '../../dist/server/input-budget.js';

test('who holds most has to go, and what others hold stays', (t) => {
  const budget = new InputBudget(() => 100);
  const evicted: string[] = [];
  const [small, large] = ['small', 'large'].map((name) => budget.share(() => evicted.push(name)));
  t.true(small!.hold(30));
  t.true(large!.hold(60));
  t.true(small!.hold(20));
  t.deepEqual(evicted, ['large']);
  t.deepEqual([small!.bytes, large!.bytes], [50, 0]);
});

test('the one that grows goes itself when it is the longest', (t) => {
  const budget = new InputBudget(() => 100);
  const evicted: string[] = [];
  const [other, growing] = ['other', 'growing'].map((name) => budget.share(() => evicted.push(name)));
  t.true(other!.hold(40));
  t.true(growing!.hold(50));
  t.false(growing!.hold(20));
  t.deepEqual(evicted, []);
  growing!.release();
  t.true(other!.hold(60));
});

test('what is released can be held again', (t) => {
  const budget = new InputBudget(() => 100);
  const share = budget.share(() => t.fail());
  for (let i = 0; i < 10; i++) {
    t.true(share.hold(100));
    share.release();
    share.release();
  }
});
