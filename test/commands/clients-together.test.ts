/** Publish and subscribe, transactions and MONITOR with the clients people use, over real sockets. */
import { once } from 'node:events';
import test from 'ava';
import { Redis } from 'ioredis';
import { createClient, RESP_TYPES } from 'redis';
import { continueProcess, stopProcess } from '../hosts/running.js';
import { rawClient } from '../support/raw-client.js';
import { encodeRequest, RawClient } from '../support/raw-resp.js';
import { startServer } from '../support/server.js';

/** Of one client, before others have theirs. */
const REQUESTS_A_TURN = 1000;

for (const RESP of [2, 3] as const) {
  test(`node-redis, RESP${RESP}: publish and subscribe`, async (t) => {
    const server = await startServer(t);
    const [hearing, telling] = [createClient({ url: server.url, RESP }), createClient({ url: server.url, RESP })];
    t.teardown(() => {
      hearing.destroy();
      telling.destroy();
    });
    await Promise.all([hearing.connect(), telling.connect()]);
    const heard: string[] = [];
    let wake: () => void = () => undefined;
    const listener = (message: string, channel: string) => {
      heard.push(`${channel}=${message}`);
      wake();
    };
    await hearing.subscribe('news', listener);
    await hearing.pSubscribe('wea*', listener);
    await hearing.sSubscribe('shard', listener);
    t.is(await telling.publish('news', 'one'), 1);
    t.is(await telling.publish('weather', 'two'), 1);
    t.is(await telling.sPublish('shard', 'three'), 1);
    t.is(await telling.publish('nobody', 'hears'), 0);
    while (heard.length < 3) await new Promise<void>((resolve) => (wake = resolve));
    t.deepEqual(heard, ['news=one', 'weather=two', 'shard=three']);
    t.deepEqual((await telling.pubSubChannels()).sort(), ['news']);
    await hearing.unsubscribe();
    await hearing.pUnsubscribe();
    await hearing.sUnsubscribe();
    t.is(await telling.publish('news', 'four'), 0);
    const pong: unknown = await hearing.ping();
    t.is(String(pong), 'PONG');
  });

  test(`node-redis, RESP${RESP}: MULTI, WATCH and large values`, async (t) => {
    const server = await startServer(t);
    const client = createClient({ url: server.url, RESP });
    const other = createClient({ url: server.url, RESP });
    t.teardown(() => {
      client.destroy();
      other.destroy();
    });
    await Promise.all([client.connect(), other.connect()]);
    const large = 'L'.repeat(3_000_000);
    t.deepEqual(await client.multi().set('a', '1').set('large', large).get('a').get('large').del('a').exec(), [
      'OK',
      'OK',
      '1',
      large,
      1,
    ]);
    await client.watch(['a', 'large']);
    await other.set('a', 'theirs');
    await t.throwsAsync(client.multi().set('a', 'mine').exec(), { message: /watched keys/ });
    t.is(await client.get('a'), 'theirs');
    await client.watch('a');
    t.deepEqual(await client.multi().set('a', 'mine').exec(), ['OK']);
    const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    t.is((await bytes.get('large'))?.length, large.length);
    t.is(await client.getRange('large', -3, -1), 'LLL');
    t.deepEqual((await client.keys('*')).sort(), ['a', 'large']);
    t.true(((await client.memoryUsage('large')) ?? 0) > large.length);
  });
}

test('ioredis: pipelines, transactions, publish and subscribe, MONITOR', async (t) => {
  const server = await startServer(t);
  const [client, hearing] = [new Redis(server.url), new Redis(server.url)];
  t.teardown(() => {
    client.disconnect();
    hearing.disconnect();
  });
  const replies = await client.multi().set('a', '1').get('a').exec();
  t.deepEqual(replies, [
    [null, 'OK'],
    [null, '1'],
  ]);
  const piped = await client.pipeline().set('b', '2').call('FABRIC.LOCATE', 'b').exec();
  t.is(piped![1]![0], null);
  await hearing.subscribe('news');
  const message = once(hearing, 'message');
  t.is(await client.publish('news', 'hello'), 1);
  t.deepEqual(await message, ['news', 'hello']);
  const monitor = await client.monitor();
  t.teardown(() => monitor.disconnect());
  const line = once(monitor, 'monitor');
  await client.get('a');
  const [, words] = (await line) as [string, string[]];
  t.deepEqual(words, ['get', 'a']);
});

test('a subscriber that does not read is closed; the node and the others live on', async (t) => {
  const server = await startServer(t, { config: { limits: { pushed_bytes_max: '1 MiB' } } });
  const lazy = new RawClient(server.port);
  const [hearing, telling] = [new Redis(server.url), new Redis(server.url)];
  t.teardown(() => {
    lazy.close();
    hearing.disconnect();
    telling.disconnect();
  });
  await lazy.ask(['SUBSCRIBE', 'news'], 1);
  lazy.pause();
  await hearing.subscribe('news');
  let heard = 0;
  hearing.on('message', () => heard++);
  const message = 'x'.repeat(100_000);
  let told = 0;
  // The kernel's buffers take some megabytes first.
  for (; told < 1000 && (await telling.publish('news', message)) === 2; told++);
  t.true(told > 10 && told < 1000, `closed after ${told} messages`);
  while (heard <= told) await once(hearing, 'message');
  t.regex(await telling.info('stats'), /client_output_buffer_limit_disconnections:1\r/);
  t.regex(server.output(), /takes messages too slowly \(limits\.pushed_bytes_max\)/);
});

test('a large INSERT of a transaction claims its name at EXEC', async (t) => {
  const server = await startServer(t);
  const [client, other] = [new RawClient(server.port), new RawClient(server.port)];
  t.teardown(() => {
    client.close();
    other.close();
  });
  const large = 'x'.repeat(1_000_000);
  const insert = ['FABRIC.INSERT', 'a', '', 'bytes', large];
  await client.ask(insert, 1);
  // A DEL of the same transaction makes room for the name.
  for (const words of [['MULTI'], ['DEL', 'a'], insert, insert]) await client.ask(words, 1);
  t.deepEqual(await other.ask(['STRLEN', 'a'], 1), [':1000000']);
  const [reply] = await client.ask(['EXEC'], 1);
  const [, removed, placed, refused] = reply as readonly [string, string, unknown, string];
  t.is(removed, ':1');
  t.true(Array.isArray(placed));
  t.regex(refused, /^-EXISTS the name is taken: xid=\d+ length=1000000 /);
  const reserved = async () => /\nreserved_bytes:(\d+)\r/.exec(String(await other.ask(['INFO', 'fabric'], 1)))![1];
  t.is(await reserved(), '0');
  for (const words of [['MULTI'], ['SET', 'b', large]]) await client.ask(words, 1);
  t.is(await reserved(), '1000000');
  await client.ask(['DISCARD'], 1);
  t.is(await reserved(), '0');
  for (const words of [['MULTI'], ['SET', 'b', large]]) await client.ask(words, 1);
  client.close();
  while ((await reserved()) !== '0');
  t.deepEqual(await other.ask(['EXISTS', 'b'], 1), [':0']);
});

test('WAIT inside a transaction answers at once', async (t) => {
  const server = await startServer(t);
  const client = new RawClient(server.port);
  t.teardown(() => client.close());
  for (const words of [
    ['MULTI'],
    ['FABRIC.LOCATE', 'a', 'WAIT', '0'],
    ['FABRIC.PTR', 'a', 'WAIT', '0'],
    ['SET', 'a', '1'],
    ['FABRIC.SEGMENTS'],
    ['KEYS', '*'],
  ]) {
    await client.ask(words, 1);
  }
  const [reply] = await client.ask(['EXEC'], 1);
  t.deepEqual((reply as readonly string[]).slice(0, 4), ['*', '$-1', '$-1', '+OK']);
  t.deepEqual((reply as readonly string[])[5], ['*', '$a']);
});

test('KEYS of many names lets others have their turn', async (t) => {
  const server = await startServer(t);
  const [client, other] = [await rawClient(t, server.port), await rawClient(t, server.port)];
  const names = Array.from({ length: 50_000 }, (_, i) => `name-${i}`);
  const loader = new Redis(server.url);
  t.teardown(() => loader.disconnect());
  for (let at = 0; at < names.length; at += 5000) {
    const pipeline = loader.pipeline();
    for (const name of names.slice(at, at + 5000)) pipeline.set(name, '');
    await pipeline.exec();
  }
  const look = ['GET', 'meanwhile'];
  // Of a pipeline it runs so many in a turn, so that the last of these has its third.
  const turns = [...Array.from({ length: 2 * REQUESTS_A_TURN }, () => ['ECHO', 'x']), ['SET', 'meanwhile', 'done']];
  // Both lie there when the server goes on, whoever of the three the machine lets run.
  await stopProcess(server.pid);
  await client.send(Buffer.concat([look, ['KEYS', 'name-*'], look].map(encodeRequest)));
  await other.send(Buffer.concat(turns.map(encodeRequest)));
  await continueProcess(server.pid);
  const [before, listed, after] = await client.replies(3);
  t.deepEqual((listed as readonly string[]).slice(1).toSorted(), names.map((name) => `$${name}`).toSorted());
  t.deepEqual([before, after], ['$-1', '$done']);
  t.is((await other.replies(turns.length)).at(-1), '+OK');
});
