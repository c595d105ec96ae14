import test from 'ava';
import { run, STARTED_MS, testContext, testFabric, testSession, textOf } from '../support/context.js';
import type { TestContext } from '../support/context.js';

async function info(context: TestContext, ...sections: string[]): Promise<string> {
  const reply = await run(context, 'INFO', ...sections);
  return textOf(reply);
}

/** As clients parse it. */
function fieldsOf(text: string): Map<string, string> {
  const lines = text.split('\r\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

const titlesOf = (text: string) => [...text.matchAll(/^# (.*)\r$/gm)].map((match) => match[1]!);

const DEFAULT = [
  'Server',
  'Clients',
  'Memory',
  'Persistence',
  'Stats',
  'Replication',
  'CPU',
  'Modules',
  'Errorstats',
  'Cluster',
  'Fabric',
  'Catalog',
  'Segments',
  'Pins',
  'Stores',
  'Keyspace',
];
const ALL = DEFAULT.toSpliced(8, 0, 'Commandstats');

test('sections are chosen by name, in the order of the server', async (t) => {
  const context = testContext();
  const titles = async (...sections: string[]) => titlesOf(await info(context, ...sections));
  t.deepEqual(await titles(), DEFAULT);
  t.deepEqual(await titles('default'), DEFAULT);
  t.deepEqual(await titles('all'), ALL);
  t.deepEqual(await titles('Everything'), ALL);
  t.deepEqual(await titles('pins', 'nope', 'SERVER'), ['Server', 'Pins']);
  t.deepEqual(await titles('default', 'commandstats'), ALL);
  t.deepEqual(await titles('nope'), []);
  t.is(await info(context, 'nope'), '');
});

test('what clients look for before they are ready', async (t) => {
  const fields = fieldsOf(await info(testContext()));
  t.regex(fields.get('redis_version')!, /^7\.2\.\d+$/);
  for (const [label, value] of [
    ['loading', '0'],
    ['role', 'master'],
    ['cluster_enabled', '0'],
    ['redis_mode', 'standalone'],
    ['tcp_port', '6379'],
    ['datafabric_version', '1.2.3'],
    ['uptime_in_seconds', '5'],
    ['connected_slaves', '0'],
  ] as const) {
    t.is(fields.get(label), value, label);
  }
});

test('every line of every section is a label and a value', async (t) => {
  const context = testContext();
  context.server.metrics.commands.set('get', {
    calls: 1,
    microseconds: 2,
    rejected: 3,
    failed: 4,
    histogram: new Float64Array(21),
  });
  for (const block of (await info(context, 'all')).split('\r\n\r\n')) {
    const [title, ...lines] = block.split('\r\n').filter((line) => line !== '');
    t.regex(title!, /^# [A-Z][A-Za-z]+$/);
    for (const line of lines) t.regex(line, /^[A-Za-z0-9_.|]+:[^\r\n]*$/);
  }
  const text = await info(context, 'all');
  const labels = [...text.matchAll(/^([^#:\r\n]+):/gm)].map((match) => match[1]!);
  t.is(new Set(labels).size, labels.length, 'no label twice');
  t.notRegex(text, /NaN|undefined|null/);
});

test('memory is counted outside shared memory', async (t) => {
  const fields = fieldsOf(await info(testContext(), 'memory'));
  const bytes = (label: string) => Number(fields.get(label));
  t.is(bytes('used_memory') + bytes('used_memory_shared'), bytes('used_memory_rss'));
  t.true(bytes('used_memory') > 1024 ** 2);
  t.is(fields.get('maxmemory'), '0');
  t.is(bytes('used_memory_store'), 34);
  t.is(bytes('segment_memory'), 1000);
  t.true(bytes('shm_free') <= bytes('shm_total'));
});

test('clients are counted', async (t) => {
  const others = [testSession({ id: 2, blocked: true, outputBytes: 70 }), testSession({ id: 3, inputBytes: 80 })];
  const fields = fieldsOf(await info(testContext({ others }), 'clients'));
  t.is(fields.get('connected_clients'), '3');
  t.is(fields.get('blocked_clients'), '1');
  t.is(fields.get('client_recent_max_output_buffer'), '70');
  t.is(fields.get('client_recent_max_input_buffer'), '80');
  t.is(fields.get('maxclients'), '100');
});

test('commands and errors are counted', async (t) => {
  const context = testContext();
  context.server.metrics.commands.set('client|id', {
    calls: 4,
    microseconds: 10.4,
    rejected: 1,
    failed: 2,
    histogram: new Float64Array(21),
  });
  context.server.metrics.errors.set('EXISTS', 6);
  t.is(
    await info(context, 'commandstats'),
    '# Commandstats\r\ncmdstat_client|id:calls=4,usec=10,usec_per_call=2.60,rejected_calls=1,failed_calls=2\r\n',
  );
  t.is(await info(context, 'errorstats'), '# Errorstats\r\nerrorstat_EXISTS:count=6\r\n');
  const stats = fieldsOf(await info(context, 'stats'));
  t.is(stats.get('total_connections_received'), '3');
  t.is(stats.get('rejected_connections'), '1');
  t.is(stats.get('total_commands_processed'), '5');
  t.is(stats.get('total_error_replies'), '2');
  t.is(stats.get('total_net_input_bytes'), '100');
  t.is(stats.get('total_net_output_bytes'), '200');
});

test('the keyspace line appears with the first variable', async (t) => {
  t.is(await info(testContext(), 'keyspace'), '# Keyspace\r\ndb0:keys=7,expires=0,avg_ttl=0\r\n');
  t.is(await info(testContext({ fabric: testFabric(0) }), 'keyspace'), '# Keyspace\r\n');
});

test('the store reports itself', async (t) => {
  const fields = fieldsOf(await info(testContext(), 'fabric', 'catalog', 'segments', 'pins', 'modules'));
  for (const [label, value] of [
    ['node', 'alpha'],
    ['epoch', '29'],
    ['reserved_bytes', '23'],
    ['limbo_bytes', '25'],
    ['quarantined_bytes', '27'],
    ['total_inserts', '11'],
    ['total_inserted_bytes', '12'],
    ['catalog_entries', '21'],
    ['catalog_entries_max', '1000'],
    ['string_bytes', '32'],
    ['segments', '1'],
    ['segment_free_bytes', '400'],
    ['pins', '28'],
    ['pins_max', '100'],
    ['pinned_bytes', '43'],
  ] as const) {
    t.is(fields.get(label), value, label);
  }
  t.is(
    fields.get('segment0'),
    'shared_id=/fabric.alpha.s0001,bytes=1000,used_bytes=600,free_bytes=400,largest_free_bytes=300,limbo_bytes=41,' +
      'quarantined_bytes=42,pinned_bytes=43,variables=44',
  );
  t.regex(fields.get('module')!, /^name=datafabric,ver=10203,/);
});

test('a clock that was set back gives no negative uptime', async (t) => {
  const context = testContext({ nowMs: STARTED_MS - 10_000 });
  t.is(fieldsOf(await info(context, 'server')).get('uptime_in_seconds'), '0');
});
