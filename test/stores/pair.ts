/** A node with a pair of stores by configuration: documents go to the one and data to the other, and stay as far as the kind of store does. */
import { execFileSync } from 'node:child_process';
import type { ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import { loadConfig, openData } from '../../dist/main.js';
import { CLI } from '../support/cli.js';
import { startServer, type TestServer } from '../support/server.js';

/** Keys of `[meta]` or `[data]`. */
export type StoreTable = Readonly<Record<string, string | number | boolean>>;

export interface Pair {
  meta: StoreTable;
  data: StoreTable;
  env?: NodeJS.ProcessEnv;
  /** What must not be seen anywhere. */
  secrets?: readonly string[];
}

const BODY = Buffer.from('bytes of a variable \0\xff', 'latin1');

export async function provePair(t: ExecutionContext, { meta, data, env = {}, secrets = [] }: Pair): Promise<void> {
  const server = await startServer(t, { config: { meta, data }, env });
  let client = connect(t, server);
  t.is(await client.call('META.PUT', 'doc', 'one'), '00000000');
  t.deepEqual(await client.call('META.COMMIT', '2', 'doc', 'two', 'other', 'x'), [
    'version',
    '00000000',
    'keys',
    ['doc', '00000001', 'other', '00000000'],
  ]);
  await bothAttached(t, client, { meta, data });
  await roundTrip(t, server);

  const durable = meta.store !== 'memory';
  client.disconnect();
  await server.restart();
  client = connect(t, server);
  t.deepEqual(await client.call('META.GET', 'doc'), durable ? ['00000001', 'two'] : null);
  const shell = (...words: string[]) =>
    execFileSync(process.execPath, [CLI, ...words], { env: { ...process.env, ...env } }).toString();
  if (durable) t.is(shell('meta', '-c', server.configPath, 'get', 'doc'), 'two');
  if (data.store !== 'memory') t.deepEqual(await stored(server), BODY);
  const said = [server.output(), shell('config', 'show', server.configPath), await everyParameter(client)];
  for (const secret of secrets) t.false(said.some((text) => text.includes(secret)));
}

function connect(t: ExecutionContext, server: TestServer): Redis {
  const client = new Redis(server.port, server.host, { maxRetriesPerRequest: 0 });
  t.teardown(() => client.disconnect());
  return client;
}

async function bothAttached(t: ExecutionContext, client: Redis, { meta, data }: Pair): Promise<void> {
  let text: string;
  do text = await client.info('stores');
  while (/_state:(waiting|attaching)/.test(text));
  for (const [use, table] of Object.entries({ meta, data })) {
    t.true(text.includes(`${use}_store:${String(table.store)}\r\n${use}_store_state:attached\r\n`), text);
  }
}

/** Through the handle of the configuration that the node has. */
async function roundTrip(t: ExecutionContext, server: TestServer): Promise<void> {
  const store = await openData(loadConfig(server.configPath));
  t.is(await store.create('some/object', BODY), 'created');
  t.is(await store.create('some/object', BODY), 'exists');
  t.deepEqual(await store.get('some/object'), BODY);
  await store.close();
}

async function stored(server: TestServer): Promise<Buffer | undefined> {
  const store = await openData(loadConfig(server.configPath));
  try {
    return await store.get('some/object');
  } finally {
    await store.close();
  }
}

const everyParameter = async (client: Redis) => JSON.stringify(await client.config('GET', '*'));
