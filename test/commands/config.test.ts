import test from 'ava';
import { sections } from '../../dist/cluster/config-schema.js';
import { OK } from '../../dist/resp/reply.js';
import { error, objectOf, run, testContext } from '../support/context.js';
import type { TestContext } from '../support/context.js';

const get = async (context: TestContext, ...patterns: string[]) =>
  objectOf(await run(context, 'CONFIG', 'GET', ...patterns));

const failed = (name: string, why: string) =>
  error(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${why}`);

test('GET answers what clients of Redis ask for', async (t) => {
  const context = testContext();
  t.deepEqual(await get(context, 'save'), { save: '' });
  t.deepEqual(await get(context, 'appendonly'), { appendonly: 'no' });
  t.like(await get(context, '*'), {
    maxclients: '100',
    databases: '1',
    maxmemory: '0',
    'maxmemory-policy': 'noeviction',
    'proto-max-bulk-len': '1048576',
    timeout: '3',
    port: '6379',
    bind: '127.0.0.1',
    unixsocket: '',
    unixsocketperm: '600',
    dir: '/var/lib/datafabric',
    loglevel: 'notice',
    requirepass: '',
    'slowlog-log-slower-than': '10000',
    'slowlog-max-len': '128',
    'notify-keyspace-events': '',
  });
});

test('GET takes several patterns, in either case, and answers each name once', async (t) => {
  const context = testContext();
  t.deepEqual(await get(context, 'MAXC*', 'maxclients', 'limits.clients-*'), {
    maxclients: '100',
    'limits.clients-max': '100',
  });
  t.deepEqual(await get(context, 'nope'), {});
});

test('every key of the config file can be read', async (t) => {
  const values = await get(testContext(), '*.*');
  const names = Object.entries(sections).flatMap(([section, keys]) =>
    Object.keys(keys).map((key) => `${section}.${key.replaceAll('_', '-')}`),
  );
  t.deepEqual(Object.keys(values), names);
  t.like(values, { 'node.segments-mib': '64 128', 'node.shm-mode': '600', 'log.format': 'json', 'node.name': 'alpha' });
  for (const name of ['node.shm-group', 'listen.unix-socket', 'security.password']) t.is(values[name], '', name);
});

test('the password is never shown', async (t) => {
  const context = testContext();
  context.config.security.password = 'secret';
  t.notRegex(JSON.stringify(await get(context, '*')), /secret"/);
  t.is((await get(context, 'requirepass')).requirepass, '(set, and not shown)');
});

test('SET changes what is read anew, by either name', async (t) => {
  const context = testContext();
  const { config } = context;
  t.deepEqual(await run(context, 'CONFIG', 'SET', 'maxclients', '50', 'TIMEOUT', '7'), OK);
  t.like(config.limits, { clientsMax: 50, idleMs: 7000 });
  t.deepEqual(await run(context, 'CONFIG', 'SET', 'limits.reserved-bytes-max', '2 MiB', 'times.drain-ms', '5s'), OK);
  t.is(config.limits.reservedBytesMax, 2 * 1024 ** 2);
  t.is(config.times.drainMs, 5000);
  t.deepEqual(await run(context, 'CONFIG', 'SET', 'slowlog-log-slower-than', '-1', 'slowlog-max-len', '0'), OK);
  t.deepEqual(config.slowlog, { slowerThanMicroseconds: -1, entriesMax: 0 });
});

test('SET of the log level changes the logger', async (t) => {
  const context = testContext();
  t.deepEqual(await run(context, 'CONFIG', 'SET', 'loglevel', 'WARNING'), OK);
  t.is(context.config.log.level, 'warn');
  t.is(context.log.level, 'warn');
  t.is((await get(context, 'loglevel')).loglevel, 'warning');
  t.deepEqual(await run(context, 'CONFIG', 'SET', 'log.level', 'silent'), OK);
  t.is(context.log.level, 'silent');
  t.deepEqual(
    await run(context, 'CONFIG', 'SET', 'loglevel', 'foo'),
    failed('loglevel', 'argument(s) must be one of the following: debug, verbose, notice, warning, nothing'),
  );
});

test('SET changes all or nothing', async (t) => {
  const context = testContext();
  const before = structuredClone(context.config);
  for (const words of [
    ['maxclients', '50', 'databases', '2'],
    ['maxclients', '50', 'nope', '2'],
    ['maxclients', '50', 'timeout', 'x'],
    ['maxclients', '50', 'maxclients', '60'],
    ['maxclients', '50', 'timeout'],
  ]) {
    const reply = await run(context, 'CONFIG', 'SET', ...words);
    t.is((reply as { kind: string }).kind, 'error', words.join(' '));
  }
  t.deepEqual(context.config, before);
});

test('SET says why a value is refused', async (t) => {
  const cases: readonly (readonly [words: string[], reply: ReturnType<typeof error>])[] = [
    [['nope', '1'], error("ERR Unknown option or number of arguments for CONFIG SET - 'nope'")],
    [['timeout', '0', 'maxclients'], error('ERR syntax error')],
    [['timeout', '0', 'TIMEOUT', '0'], failed('timeout', 'duplicate parameter')],
    [['timeout', 'x'], failed('timeout', "argument couldn't be parsed into an integer")],
    [['maxclients', '0'], failed('maxclients', 'argument must be an integer from 1 to 1000000')],
    [['limits.clients-max', 'x'], failed('limits.clients-max', 'argument must be an integer from 1 to 1000000')],
    [['databases', '3'], failed('databases', "can't set immutable config")],
    [['port', '1'], failed('port', "can't set immutable config")],
    [['proto-max-bulk-len', '2000000'], failed('proto-max-bulk-len', "can't set immutable config")],
    [['limits.variables-max', '100'], failed('limits.variables-max', "can't set immutable config")],
    [['security.source-roots', '/'], failed('security.source-roots', "can't set immutable config")],
    [
      ['appendonly', 'yes'],
      failed('appendonly', 'it is always "no": variables survive the server in shared memory; there is no log'),
    ],
  ];
  for (const [words, reply] of cases) t.deepEqual(await run(testContext(), 'CONFIG', 'SET', ...words), reply);
});

test('SET of a constant to its value succeeds', async (t) => {
  const context = testContext();
  t.deepEqual(await run(context, 'CONFIG', 'SET', 'save', '', 'appendonly', 'NO', 'maxmemory', '0'), OK);
});

test('the password can be set, and unset only on loopback', async (t) => {
  const context = testContext();
  const { config } = context;
  t.deepEqual(await run(context, 'CONFIG', 'SET', 'requirepass', '12345'), OK);
  t.is(config.security.password, '12345');
  config.listen.hosts = ['127.0.0.1', '0.0.0.0'];
  t.deepEqual(
    await run(context, 'CONFIG', 'SET', 'requirepass', ''),
    failed('requirepass', 'a password is needed while listening beyond loopback'),
  );
  t.is(config.security.password, '12345');
  config.listen.hosts = ['127.0.0.1', '::1'];
  t.deepEqual(await run(context, 'CONFIG', 'SET', 'security.password', ''), OK);
  t.is(config.security.password, undefined);
});

test('RESETSTAT resets the counters of server and store', async (t) => {
  const context = testContext();
  t.deepEqual(await run(context, 'CONFIG', 'RESETSTAT'), OK);
  t.is(context.server.metrics.commandsProcessed, 0);
  t.is(context.fabric.counters.inserts, 0);
});

test('REWRITE is refused', async (t) => {
  const context = testContext();
  t.deepEqual(
    await run(context, 'CONFIG', 'REWRITE'),
    error(
      'ERR the server never writes its config file: edit /etc/datafabric/single.toml; what CONFIG SET changed lasts ' +
        'until the server stops',
    ),
  );
  context.config.path = undefined;
  t.deepEqual(await run(context, 'CONFIG', 'REWRITE'), error('ERR The server is running without a config file'));
});
