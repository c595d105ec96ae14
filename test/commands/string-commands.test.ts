import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { createClient, RESP_TYPES } from 'redis';
import { TestServer } from '../support/server.js';

const server = new TestServer({});
test.before(() => server.start());
test.after.always(() => server.dispose());

for (const RESP of [2, 3] as const) {
  const start = async (t: ExecutionContext) => {
    const client = createClient({ url: server.url, RESP });
    client.on('error', () => undefined);
    await client.connect();
    await client.flushAll();
    t.teardown(() => client.destroy());
    return client;
  };

  test.serial(`RESP${RESP}: values are set, replaced, read and deleted`, async (t) => {
    const client = await start(t);
    t.is(await client.get('x'), null);
    t.is(await client.set('x', 'one'), 'OK');
    t.is(await client.set('x', 'three'), 'OK');
    t.is(await client.get('x'), 'three');
    t.is(await client.strLen('x'), 5);
    t.is(await client.strLen('none'), 0);
    t.is(await client.type('x'), 'string');
    t.is(await client.type('none'), 'none');
    t.is(await client.exists(['x', 'x', 'none', 'default/x']), 3);
    t.is(await client.dbSize(), 1);
    t.is(await client.del(['x', 'none']), 1);
    t.is(await client.del('x'), 0);
    t.is(await client.set('empty', ''), 'OK');
    t.is(await client.get('empty'), '');
  });

  test.serial(`RESP${RESP}: a part of a value is one lookup, found or not`, async (t) => {
    const client = await start(t);
    const lookups = async () => /total_hits:(\d+)\r\ntotal_misses:(\d+)/.exec(await client.info('fabric'))!;
    await client.set('x', 'three');
    const [, hits, misses] = await lookups();
    t.deepEqual([await client.getRange('x', 1, 2), await client.getRange('none', 0, -1)], ['hr', '']);
    t.deepEqual((await lookups()).slice(1), [String(Number(hits) + 1), String(Number(misses) + 1)]);
  });

  test.serial(`RESP${RESP}: binary names and values of all sizes come back`, async (t) => {
    const client = (await start(t)).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    for (const length of [1, 4096, 4097, 65_536, 65_537, 1_000_000]) {
      // A slash at the end would be a namespace without a name.
      const name = Buffer.concat([Buffer.from([0, 255, 10]), randomBytes(8), Buffer.from([0])]);
      const value = randomBytes(length);
      await client.set(name, value);
      t.deepEqual(Buffer.from((await client.get(name))!), value, String(length));
    }
  });

  test.serial(`RESP${RESP}: scans see every name`, async (t) => {
    const client = await start(t);
    const names = Array.from({ length: 500 }, (_, i) => `v${i}`);
    await Promise.all(names.map((name) => client.set(name, name)));
    const found: string[] = [];
    for await (const page of client.scanIterator()) found.push(...page);
    t.deepEqual(found.sort(), names.sort());
    const some: string[] = [];
    for await (const page of client.scanIterator({ MATCH: 'v4?', COUNT: 1000, TYPE: 'string' })) some.push(...page);
    t.is(some.length, 10);
    t.deepEqual(await client.scan('0', { COUNT: 10_000, TYPE: 'hash' }), { cursor: '0', keys: [] });
    t.is(await client.flushAll(), 'OK');
    t.is(await client.dbSize(), 0);
  });

  test.serial(`RESP${RESP}: what is not built is a syntax error`, async (t) => {
    const client = await start(t);
    for (const options of [['EX', '10'], ['NX'], ['KEEPTTL'], ['GET']]) {
      await t.throwsAsync(client.sendCommand(['SET', 'x', 'y', ...options]), { message: /^ERR syntax error/ });
    }
    await t.throwsAsync(client.sendCommand(['SCAN', 'zero']), { message: 'ERR invalid cursor' });
    await t.throwsAsync(client.sendCommand(['SCAN', '0', 'COUNT', '0']), { message: 'ERR syntax error' });
    await t.throwsAsync(client.sendCommand(['SCAN', '0', 'COUNT', 'x']), {
      message: 'ERR value is not an integer or out of range',
    });
    await t.throwsAsync(client.sendCommand(['FLUSHALL', 'NOW']), { message: /^ERR syntax error/ });
    t.is(await client.dbSize(), 0);
  });

  test.serial(`RESP${RESP}: a name that a reservation holds can't be set`, async (t) => {
    const client = await start(t);
    const name = `held-by-resp${RESP}`;
    await client.sendCommand(['FABRIC.RESERVE', name, '', '10 * int8']);
    await t.throwsAsync(client.set(name, 'y'), { message: /^EXISTS .*length=10/ });
    t.is(await client.get(name), null);
    t.is(await client.del(name), 0);
  });
}
