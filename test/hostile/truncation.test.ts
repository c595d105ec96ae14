/** Shared memory that another process of the same user truncates or unlinks under the server. */
import { readFileSync, truncateSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { RawReply } from '../support/raw-resp.js';
import { request } from '../resp/feeding.js';
import { rawClient } from '../support/raw-client.js';
import { isError, startTarget, type Target } from './target.js';

const MIB = 1 << 20;
const TRUNCATED = /^-ERR .*truncated by another process/;

const objectOf = (target: Target, kind: string) =>
  join(
    '/dev/shm',
    target.server.objects().find((name) => name.includes(`.${kind}`))!,
  );

function fieldOf(map: RawReply, label: string): RawReply {
  const items = map as readonly RawReply[];
  return items[items.indexOf(`$${label}`) + 1]!;
}

async function truncated(t: ExecutionContext, prepare: (target: Target) => Promise<unknown> = () => Promise.resolve()) {
  const target = await startTarget(t);
  for (let i = 0; i < 8; i++) await target.ask('SET', `old${i}`, Buffer.alloc(6 * MIB, i));
  await target.ask('SET', 'small', 'bytes');
  await prepare(target);
  truncateSync(objectOf(target, 's0001'), 0);
  return target;
}

/** What the error tells to do, done: then everything is as it was. */
async function assertRecovers(t: ExecutionContext, target: Target): Promise<void> {
  t.is(await target.ask('FLUSHALL'), '+OK');
  const [damaged] = [...(await target.freeBytes()).keys()];
  t.is(await target.ask('FABRIC.DEALLOC', target.server.node, damaged!), '+OK');
  t.is((await target.ask('FABRIC.ALLOC', '64'))[0], '*');
  await target.assertWell(t);
  const [fresh] = [...(await target.freeBytes()).keys()];
  await target.assertFree(t, new Map([[fresh!, 64 * MIB]]));
}

const touches: [title: string, words: (string | Buffer)[]][] = [
  ['GET of few bytes', ['GET', 'small']],
  ['GET of many', ['GET', 'old7']],
  ['FABRIC.GET of a range', ['FABRIC.GET', 'old3', '100', '5000000']],
  ['PTR', ['FABRIC.PTR', 'old2']],
  ['RESERVE', ['FABRIC.RESERVE', 'new', '', '1000 * float64']],
  ['INSERT', ['FABRIC.INSERT', 'new', '', 'bytes', 'payload']],
  ['SET of a large value', ['SET', 'new', Buffer.alloc(MIB)]],
];
for (const [title, words] of touches) {
  test(`a truncated segment: ${title}`, async (t) => {
    const target = await truncated(t);
    const reply = await target.ask(...words);
    t.true(isError(reply), JSON.stringify(reply).slice(0, 200));
    t.regex(reply as string, /truncated by another process|could not be written/);
    t.is(await target.ask('PING'), '+PONG');
    await assertRecovers(t, target);
  });
}

test('a truncated segment: INFO, SEGMENTS and LIST still tell what there was', async (t) => {
  const target = await truncated(t);
  t.is(fieldOf(await target.ask('FABRIC.INFO', 'old0'), 'length'), `:${6 * MIB}`);
  t.is(fieldOf((await target.ask('FABRIC.SEGMENTS'))[1]!, 'variables'), ':9');
  t.is((await target.ask('FABRIC.LIST'))[2]!.length, 10);
  t.is((await target.ask('INFO', 'everything')).slice(0, 2), '$#');
  await assertRecovers(t, target);
});

test('a truncated segment: DEFRAG moves nothing and ends', async (t) => {
  const target = await truncated(t, (fresh) => fresh.ask('DEL', 'old0', 'old2', 'old4'));
  t.is(fieldOf(await target.ask('FABRIC.DEFRAG'), 'moved_variables'), ':0');
  await assertRecovers(t, target);
});

test('a truncated segment: DEALLOC MOVE says that it cannot empty it', async (t) => {
  const target = await truncated(t);
  const [segment] = [...(await target.freeBytes()).keys()];
  await target.ask('FABRIC.ALLOC', '64');
  t.regex((await target.ask('FABRIC.DEALLOC', target.server.node, segment!, 'MOVE')) as string, /^-(?:INUSE|ERR) /);
  t.is(await target.ask('FLUSHALL'), '+OK');
  t.is(await target.ask('FABRIC.DEALLOC', target.server.node, segment!), '+OK');
  await target.assertWell(t);
});

test('a truncated segment: SEAL, which checksums', async (t) => {
  const target = await startTarget(t);
  const reservation = await target.ask('FABRIC.RESERVE', 'r', '', 'bytes', 'LENGTH', String(32 * MIB));
  truncateSync(objectOf(target, 's0001'), MIB);
  const xid = (fieldOf(reservation, 'xid') as string).slice(1);
  t.regex((await target.ask('FABRIC.SEAL', xid)) as string, TRUNCATED);
  t.is(await target.ask('GET', 'r'), '$-1');
  t.is(await target.ask('FABRIC.ABORT', xid), '+OK');
  await assertRecovers(t, target);
});

test('a truncated segment: a large INSERT on its way in is refused, and its connection goes on', async (t) => {
  const target = await startTarget(t);
  const client = await rawClient(t, target.server.port);
  const whole = Buffer.concat([request('SET', 'x', Buffer.alloc(8 * MIB, 'x')), request('PING')]);
  await client.send(whole.subarray(0, 2 * MIB));
  await target.ask('PING');
  truncateSync(objectOf(target, 's0001'), 0);
  await client.send(whole.subarray(2 * MIB));
  const replies = await client.replies(2);
  t.regex(replies[0] as string, /^-ERR the segment could not be written/);
  t.is(replies[1], '+PONG');
  await assertRecovers(t, target);
});

test('a truncated segment: a large reply on its way out ends its connection, and no other', async (t) => {
  const target = await startTarget(t);
  await target.ask('SET', 'x', Buffer.alloc(48 * MIB, 'x'));
  const client = await rawClient(t, target.server.port);
  client.socket.pause();
  await client.send(request('GET', 'x'));
  await target.ask('PING');
  truncateSync(objectOf(target, 's0001'), 0);
  client.socket.resume();
  const received = await client.untilClosed({ end: false });
  t.true(received.length < 48 * MIB);
  await assertRecovers(t, target);
});

test('a truncated segment is lost with a warning at the next start', async (t) => {
  const target = await truncated(t);
  await target.server.restart('SIGKILL');
  t.regex(target.server.output(), /9 variables are lost: their segments were removed or truncated by another process/);
  t.is(await target.ask('DBSIZE'), ':0');
  await target.assertWell(t);
});

test('an unlinked segment serves on, and is lost with a warning at the next start', async (t) => {
  const target = await startTarget(t);
  await target.ask('SET', 'x', 'bytes');
  unlinkSync(objectOf(target, 's0001'));
  t.is(await target.ask('GET', 'x'), '$bytes');
  await target.assertWell(t);
  await target.server.restart();
  t.regex(target.server.output(), /1 variables are lost/);
  await target.assertWell(t);
});

test('without the catalog the next start has nothing, and says so', async (t) => {
  const target = await startTarget(t);
  await target.ask('SET', 'x', 'bytes');
  unlinkSync(objectOf(target, 'catalog'));
  t.is(await target.ask('GET', 'x'), '$bytes');
  await target.assertWell(t);
  await target.server.restart();
  t.regex(target.server.output(), /no catalog knows .*s0001/);
  t.is(await target.ask('DBSIZE'), ':0');
  await target.assertWell(t);
});

test('truncated slots keep nobody from serving', async (t) => {
  const target = await startTarget(t);
  await target.ask('SET', 'x', 'bytes');
  t.is((await target.ask('FABRIC.PTR', 'x', 'SLOT', '1'))[0], '-');
  truncateSync(objectOf(target, 'slots'), 0);
  t.is((await target.ask('FABRIC.PTR', 'x', 'SLOT', '1'))[0], '-');
  t.is((await target.ask('FABRIC.PTR', 'x'))[0], '*');
  await target.assertWell(t);
});

for (const bytes of [0, 8192]) {
  test(`a catalog truncated to ${bytes} bytes ends the server with a sentence, and the next start refuses it`, async (t) => {
    const target = await startTarget(t);
    await target.ask('SET', 'x', 'bytes');
    truncateSync(objectOf(target, 'catalog'), bytes);
    await target.ask('SET', 'y', 'bytes');
    t.deepEqual(await target.server.exited(), { code: 1, signal: null });
    t.regex(target.server.output(), /catalog .*was truncated by another process.*datafabric purge/);
    t.false(readFileSync(objectOf(target, 's0001')).equals(Buffer.alloc(64 * MIB)), 'the payloads are still there');
    const error = await t.throwsAsync(target.server.start());
    t.regex(error.message, /catalog.* (?:is empty|was truncated|is damaged).*datafabric purge/);
  });
}
