/** LATENCY, MEMORY and the limits of subscribers, in the words of operators. */
import test from 'ava';
import { OK } from '../../dist/resp/reply.js';
import { LatencyMonitor } from '../../dist/server/latency.js';
import { latencyBucket, ServerMetrics } from '../../dist/server/metrics.js';
import { error, objectOf, run, STARTED_MS, testContext, testFabric, textOf } from '../support/context.js';

const SECOND = STARTED_MS / 1000;

function watched(thresholdMs: number) {
  const context = testContext();
  context.config.latency.thresholdMs = thresholdMs;
  let nowMs = STARTED_MS;
  const latency = new LatencyMonitor(context.config.latency, () => nowMs);
  const later = (ms: number) => (nowMs += ms);
  return { latency, later, context: { ...context, server: { ...context.server, latency } } };
}

test('delays are kept from the threshold on, the worst of each second', async (t) => {
  const { latency, later, context } = watched(10);
  latency.note('command', 9.9);
  latency.note('command', 20);
  latency.note('command', 50.4);
  latency.note('command', 30);
  later(1000);
  latency.note('command', 10);
  latency.note('event-loop', 11);
  t.deepEqual(await run(context, 'LATENCY', 'LATEST'), [
    ['command', SECOND + 1, 10, 50],
    ['event-loop', SECOND + 1, 11, 11],
  ]);
  t.deepEqual(await run(context, 'LATENCY', 'HISTORY', 'command'), [
    [SECOND, 50],
    [SECOND + 1, 10],
  ]);
  t.regex(
    textOf(await run(context, 'LATENCY', 'DOCTOR')),
    /^command: 2 seconds with delays, 30 ms on average, 50 ms at worst/,
  );
  t.is(await run(context, 'LATENCY', 'RESET', 'command', 'nosuch'), 1);
  t.is(await run(context, 'LATENCY', 'RESET'), 1);
  t.deepEqual(await run(context, 'LATENCY', 'LATEST'), []);
  t.is(textOf(await run(context, 'LATENCY', 'DOCTOR')), 'No delay of 10 ms or more was seen.\n');
});

test('160 seconds of an event are kept; none without a threshold', (t) => {
  const { latency, later } = watched(1);
  for (let i = 0; i < 200; i++) {
    latency.note('command', 5);
    later(1000);
  }
  t.is(latency.event('command')!.samples.length, 160);
  t.is(latency.event('command')!.samples[0]!.timeSeconds, SECOND + 40);
  const off = watched(0);
  off.latency.note('command', 1e6);
  t.deepEqual(off.latency.events(), []);
});

test('a stall of the event loop is noticed', async (t) => {
  const { latency } = watched(20);
  latency.lookAtLoop();
  t.teardown(() => latency.close());
  const turn = () => new Promise((resolve) => setTimeout(resolve, 15));
  await turn();
  const end = performance.now() + 80;
  while (performance.now() < end);
  await turn();
  latency.lookAtLoop();
  t.true(latency.event('event-loop')!.maxMs >= 40);
});

test('HISTOGRAM counts calls below powers of two', async (t) => {
  const context = testContext();
  const metrics = new ServerMetrics();
  const stats = metrics.command('ping');
  for (const microseconds of [0.4, 1, 3, 3.9, 4, 1e9]) {
    stats.calls++;
    stats.histogram[latencyBucket(microseconds)]!++;
  }
  const asked = { ...context, server: { ...context.server, metrics } };
  const reply = objectOf(await run(asked, 'LATENCY', 'HISTOGRAM', 'PING', 'nosuch', 'echo'));
  t.deepEqual(Object.keys(reply), ['ping']);
  const ping = objectOf(reply.ping!);
  t.is(ping.calls, 6);
  t.deepEqual(ping.histogram_usec, {
    kind: 'map',
    entries: [
      [1, 1],
      [2, 2],
      [4, 4],
      [8, 5],
      [2 ** 20, 6],
    ],
  });
  t.deepEqual(Object.keys(objectOf(await run(asked, 'LATENCY', 'HISTOGRAM'))), ['ping']);
});

test('MEMORY STATS adds up, DOCTOR says what to do', async (t) => {
  const context = testContext({ session: { inputBytes: 10, outputBytes: 5 } });
  const stats = objectOf(await run(context, 'MEMORY', 'STATS'));
  t.like(stats, {
    'keys.count': 7,
    'dataset.bytes': 600,
    'segments.bytes': 1000,
    'clients.normal': 15,
    'catalog.bytes': 30,
  });
  t.is(
    textOf(await run(context, 'MEMORY', 'DOCTOR')),
    '25B are reserved by writers that are gone; they return after times.reserve_linger_ms.\n' +
      'The room for names, types and documentation is nearly full: 32B of 33B (limits.string_bytes_max).\n',
  );
  const fabric = Object.assign(testFabric(), { segments: () => [] });
  t.regex(
    textOf(await run(testContext({ fabric }), 'MEMORY', 'DOCTOR')),
    /^There is no segment: FABRIC\.ALLOC makes one\.\n/,
  );
});

test('client-output-buffer-limit has what subscribers may leave', async (t) => {
  const context = testContext();
  const name = 'client-output-buffer-limit';
  const get = async () => objectOf(await run(context, 'CONFIG', 'GET', name))[name];
  t.is(await get(), 'normal 0 0 0 slave 0 0 0 pubsub 1048576 262144 1');
  t.deepEqual(await run(context, 'CONFIG', 'SET', name, 'pubsub 2000000 100000 30 normal 0 0 0'), OK);
  t.like(context.config.limits, { pushedBytesMax: 2_000_000, pushedSoftBytes: 100_000, pushedSoftMs: 30_000 });
  const refused = (why: string) => error(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${why}`);
  t.deepEqual(await run(context, 'CONFIG', 'SET', name, 'pubsub 1 2'), refused('Wrong number of arguments'));
  t.deepEqual(
    await run(context, 'CONFIG', 'SET', name, 'pubsub 1 b 2'),
    refused('limits are integers of bytes and seconds'),
  );
  t.regex(textOf(await run(context, 'CONFIG', 'SET', name, 'normal 1 0 0')), /only pubsub has limits here/);
});

test('DEBUG is refused, MODULE LIST names this server', async (t) => {
  const context = testContext();
  t.regex(textOf(await run(context, 'DEBUG', 'SLEEP', '1')), /^ERR DEBUG command not allowed\./);
  const [module] = (await run(context, 'MODULE', 'LIST')) as readonly Parameters<typeof objectOf>[0][];
  t.like(objectOf(module!), { name: 'datafabric', ver: 10_203 });
});
