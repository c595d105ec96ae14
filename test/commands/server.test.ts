import test from 'ava';
import type { SlowlogEntry } from '../../dist/commands/context.js';
import { NONE, OK } from '../../dist/resp/reply.js';
import { error, run, STARTED_MS, testContext } from '../support/context.js';

const entry = (id: number): SlowlogEntry => ({
  id,
  timeSeconds: 1000 + id,
  microseconds: 20_000,
  args: [Buffer.from('GET'), Buffer.from('x')],
  client: '127.0.0.1:4001',
  clientName: 'me',
});

test('TIME is in seconds and microseconds', async (t) => {
  t.deepEqual(await run(testContext({ nowMs: 1_700_000_000_123.456 }), 'TIME'), ['1700000000', '123456']);
  t.deepEqual(await run(testContext({ nowMs: 1_700_000_000_000 }), 'TIME'), ['1700000000', '0']);
});

test('LASTSAVE is the start, ROLE is master', async (t) => {
  t.is(await run(testContext(), 'LASTSAVE'), STARTED_MS / 1000);
  t.deepEqual(await run(testContext(), 'ROLE'), ['master', 0, []]);
});

test('SHUTDOWN stops the server without a reply', async (t) => {
  for (const words of [[], ['NOSAVE'], ['save', 'now', 'force'], ['NOW']]) {
    const context = testContext();
    t.deepEqual(await run(context, 'SHUTDOWN', ...words), NONE);
    t.true(context.server.stopped, words.join(' '));
  }
});

test('SHUTDOWN refuses contradictions', async (t) => {
  const context = testContext();
  for (const words of [['FOO'], ['SAVE', 'NOSAVE'], ['ABORT', 'NOW']]) {
    t.deepEqual(await run(context, 'SHUTDOWN', ...words), error('ERR syntax error'), words.join(' '));
  }
  t.deepEqual(await run(context, 'SHUTDOWN', 'ABORT'), error('ERR No shutdown in progress.'));
  t.false(context.server.stopped);
});

test('SLOWLOG GET answers ten entries unless told', async (t) => {
  const slow = Array.from({ length: 12 }, (_, index) => entry(12 - index));
  const context = testContext({ slow });
  const get = async (...words: string[]) => (await run(context, 'SLOWLOG', 'GET', ...words)) as unknown[];
  t.is((await get()).length, 10);
  t.is((await get('-1')).length, 12);
  t.is((await get('0')).length, 0);
  t.deepEqual(await get('1'), [[12, 1012, 20_000, [Buffer.from('GET'), Buffer.from('x')], '127.0.0.1:4001', 'me']]);
});

test('SLOWLOG counts, forgets and refuses', async (t) => {
  const context = testContext({ slow: [entry(1), entry(2)] });
  t.is(await run(context, 'SLOWLOG', 'LEN'), 2);
  t.deepEqual(await run(context, 'SLOWLOG', 'RESET'), OK);
  t.is(await run(context, 'SLOWLOG', 'LEN'), 0);
  for (const count of ['-2', 'x']) {
    t.deepEqual(await run(context, 'SLOWLOG', 'GET', count), error('ERR count should be greater than or equal to -1'));
  }
  t.deepEqual(
    await run(context, 'SLOWLOG', 'GET', '1', '2'),
    error("ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP."),
  );
});
