import test from 'ava';
import { Counters } from '../../dist/fabric/counters.js';
import { Waiters } from '../../dist/fabric/waiters.js';

const X = Buffer.from('x');
/** An error, not null: null would say that the time was up. */
const GIVEN_UP = { code: 'ERR', message: /given up/ };
const idle = () => new AbortController().signal;

test('a seal wakes those who wait for the name, oldest first, in its own turn', async (t) => {
  const waiters = new Waiters(new Counters(), () => undefined);
  const order: number[] = [];
  const sealed = { there: false };
  const attempt = (who: number) => () => (sealed.there ? order.push(who) : undefined);
  const all = [1, 2, 3].map((who) => waiters.wait(X, { ms: 0, signal: idle() }, attempt(who)));
  const other = waiters.wait(Buffer.from('y'), { ms: 1, signal: idle() }, () => 'never');
  sealed.there = true;
  waiters.sealed(X);
  t.deepEqual(order, [1, 2, 3]);
  t.deepEqual(await Promise.all(all), [1, 2, 3]);
  t.is(waiters.count, 1);
  t.is(await other, undefined);
  t.is(waiters.count, 0);
});

test('time ends a wait, and is counted', async (t) => {
  const counters = new Counters();
  const waiters = new Waiters(counters, () => undefined);
  const never = (): string | undefined => undefined;
  t.is(await waiters.wait(X, { ms: 5, signal: idle() }, never), undefined);
  t.is(waiters.count, 0);
  t.is(counters.waits, 1);
  t.is(counters.waitTimeouts, 1);
});

test('a connection that goes away ends its wait', async (t) => {
  const waiters = new Waiters(new Counters(), () => undefined);
  const connection = new AbortController();
  const wait = waiters.wait(X, { ms: 0, signal: connection.signal }, () => 'sealed');
  connection.abort();
  await t.throwsAsync(wait, GIVEN_UP);
  t.is(waiters.count, 0);
  await t.throwsAsync(
    waiters.wait(X, { ms: 0, signal: connection.signal }, () => 'sealed'),
    GIVEN_UP,
  );
});

test('who finds the variable gone again goes on waiting', async (t) => {
  const waiters = new Waiters(new Counters(), () => undefined);
  let taken = false;
  const take = () => {
    if (taken) return undefined;
    taken = true;
    return 'it';
  };
  const first = waiters.wait(X, { ms: 0, signal: idle() }, take);
  const second = waiters.wait(X, { ms: 0, signal: idle() }, take);
  waiters.sealed(X);
  t.is(await first, 'it');
  t.is(waiters.count, 1);
  taken = false;
  waiters.sealed(X);
  t.is(await second, 'it');
});

test('an attempt that fails ends only its own wait', async (t) => {
  const waiters = new Waiters(new Counters(), () => undefined);
  const failing = waiters.wait(X, { ms: 0, signal: idle() }, () => {
    throw new Error('no pins left');
  });
  const next = waiters.wait(X, { ms: 0, signal: idle() }, () => 'it');
  waiters.sealed(X);
  await t.throwsAsync(failing, { message: 'no pins left' });
  t.is(await next, 'it');
});

test('a crowd is woken over several turns', async (t) => {
  const waiters = new Waiters(new Counters(), () => undefined);
  const all = Array.from({ length: 1000 }, (_, who) => waiters.wait(X, { ms: 0, signal: idle() }, () => who));
  waiters.sealed(X);
  t.true(waiters.count > 0);
  t.deepEqual(
    await Promise.all(all),
    Array.from({ length: 1000 }, (_, who) => who),
  );
});

test('closing ends all waits, and those that come after', async (t) => {
  const waiters = new Waiters(new Counters(), () => undefined);
  const wait = waiters.wait(X, { ms: 0, signal: idle() }, () => 'it');
  waiters.close();
  await t.throwsAsync(wait, GIVEN_UP);
  await t.throwsAsync(
    waiters.wait(X, { ms: 0, signal: idle() }, () => 'it'),
    GIVEN_UP,
  );
});
