/** More clients than descriptors, and than limits.clients_max. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { request } from '../resp/feeding.js';
import { RawClient, rawClient } from '../support/raw-client.js';
import { isError, startTarget } from './target.js';

const DESCRIPTORS = 64;

test('more clients than file descriptors: those too many are closed, the others are served, and the room comes back', async (t) => {
  const target = await startTarget(t, {
    config: { security: { source_roots: ['/tmp'] } },
  });
  const before = await target.freeBytes();
  // Opening and proving the stores takes descriptors for a while.
  while ((await target.ask('INFO', 'stores')).toString().match(/_store_state:attached/g)?.length !== 2)
    await setTimeout(20);
  // Node.js itself needs more to load its modules.
  t.is(spawnSync('prlimit', ['--pid', String(target.server.pid), `--nofile=${DESCRIPTORS}`]).status, 0);
  const file = join(target.server.folder, 'source');
  writeFileSync(file, 'bytes');
  const crowd = await Promise.all(Array.from({ length: 2 * DESCRIPTORS }, () => rawClient(t, target.server.port)));
  await Promise.all(crowd.map((client) => client.send(request('PING'))));
  const served = await Promise.all(crowd.map(async (client) => (await client.replies(1))[0] === '+PONG'));
  const count = served.filter(Boolean).length;
  t.true(count > DESCRIPTORS / 4 && count < DESCRIPTORS, `${count} were served`);
  t.is(await target.ask('PING'), '+PONG');
  t.is((await target.ask('INFO', 'everything'))[0], '$');
  t.is((await target.ask('FABRIC.INSERT', 'x', '', 'bytes', 'y'))[0], '*');
  for (const words of [
    ['FABRIC.INSERT', 'f', '', 'bytes', 'FILE', file],
    ['FABRIC.ALLOC', '2'],
  ]) {
    const reply = await target.ask(...words);
    t.true(isError(reply) && /^-ERR .*Too many open files/.test(reply), JSON.stringify(reply));
  }
  const pointer = await target.ask('FABRIC.PTR', 'x');
  t.is(await target.ask('FABRIC.RELEASE', (pointer[2] as string).slice(1)), ':0');
  await target.assertWell(t);

  for (const client of crowd) client.destroy();
  // Its descriptors are the server's again as soon as it has noticed.
  while ((await firstReply(target.server.port)) !== '+PONG');
  t.is((await target.ask('FABRIC.INSERT', 'f', '', 'bytes', 'FILE', file))[0], '*');
  t.is(await target.ask('DEL', 'f', 'x'), ':2');
  await target.assertFree(t, before);
});

async function firstReply(port: number) {
  const client = new RawClient(port);
  await client.send(request('PING'));
  const [reply] = await client.replies(1);
  client.destroy();
  return reply;
}

test('more clients than limits.clients_max are told so', async (t) => {
  const target = await startTarget(t, { config: { limits: { clients_max: 10 } } });
  const crowd = await Promise.all(Array.from({ length: 9 }, () => rawClient(t, target.server.port)));
  await Promise.all(crowd.map((client) => client.send(request('PING'))));
  for (const client of crowd) t.is((await client.replies(1))[0], '+PONG');
  t.is(await target.ask('PING'), '+PONG');
  t.is(await firstReply(target.server.port), '-ERR max number of clients reached');
  crowd[0]!.destroy();
  while ((await firstReply(target.server.port)) !== '+PONG');
  await target.assertWell(t);
});

test('an idle client is closed after idle_ms, one that waits is not', async (t) => {
  const target = await startTarget(t, { config: { limits: { idle_ms: 1000 } } });
  const [idle, waiting] = [await rawClient(t, target.server.port), await rawClient(t, target.server.port)];
  await waiting.send(request('FABRIC.LOCATE', 'x', 'WAIT', '60000'));
  t.is((await idle.untilClosed({ end: false })).length, 0);
  t.false(waiting.closed);
  await target.ask('SET', 'x', 'bytes');
  t.is((await waiting.replies(1))[0]![0], '*');
});
