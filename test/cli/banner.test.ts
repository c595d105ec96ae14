import test from 'ava';
import { banner, tryLines } from '../../dist/cli/banner.js';
import type { Config } from '../../dist/cluster/config.js';
import { loadConfig } from '../../dist/cluster/config-load.js';

const shipped = new URL('../../conf/single.toml', import.meta.url).pathname;

function config(change: (config: Config) => void = () => undefined): Config {
  const loaded = structuredClone(loadConfig(shipped, { environment: {} }));
  change(loaded);
  return loaded;
}

/** The redis-cli part of the first line. */
function cli(addresses: string[], change?: (config: Config) => void): string | undefined {
  return tryLines(config(change), addresses)[0]!.split(' SET ')[0];
}

test('the lines to try reach the server as it listens', (t) => {
  t.is(cli(['127.0.0.1:6379']), 'redis-cli');
  t.is(cli(['127.0.0.1:4711']), 'redis-cli -p 4711');
  t.is(cli(['0.0.0.0:6379']), 'redis-cli');
  t.is(cli(['[::1]:6379']), 'redis-cli -h ::1');
  t.is(cli(['[::]:6380']), 'redis-cli -h ::1 -p 6380');
  t.is(cli(['192.168.0.9:6379', 'unix:/run/x.sock']), 'redis-cli -h 192.168.0.9');
  t.is(
    cli(['unix:/run/x y.sock'], (c) => (c.listen.unixPath = '/run/x y.sock')),
    "redis-cli -s '/run/x y.sock'",
  );
  t.is(
    cli(['127.0.0.1:6379'], (c) => (c.security.password = 'p')),
    'redis-cli -a PASSWORD',
  );
});

test('without a file to insert the example brings its own bytes', (t) => {
  t.regex(tryLines(config(), ['127.0.0.1:6379'])[1]!, / REPLACE FILE \/.*weather\.csv$/);
  const bare = config((c) => (c.security.sourceRoots = []));
  t.regex(tryLines(bare, ['127.0.0.1:6379'])[1]!, / REPLACE BYTES "/);
});

test('the banner has the address, the node, its sources and its segments', (t) => {
  const segment = {
    sharedId: '/fabric.alpha.s0001',
    bytes: 256 * 2 ** 20,
    usedBytes: 64 * 2 ** 20,
    freeBytes: 192 * 2 ** 20,
    largestFreeBytes: 192 * 2 ** 20,
    limboBytes: 0,
    quarantinedBytes: 0,
    pinnedBytes: 0,
    variables: 12,
  };
  const text = banner({
    config: config(),
    version: '1.2.3',
    addresses: ['127.0.0.1:6379'],
    segments: [segment],
    kernels: 'portable',
    report: {
      warm: true,
      variables: 12,
      limbo: 0,
      removed: 0,
      redoReplayed: false,
      strayObjects: [],
      lostSegments: [],
      lostVariables: 0,
    },
  });
  t.regex(text, /^Datafabric 1\.2\.3/m);
  t.regex(text, /^ {2}address +127\.0\.0\.1:6379$/m);
  t.regex(text, /^ {2}node +alpha, 12 variables found from before$/m);
  t.regex(text, /^ {2}FILE sources +below \/tmp, /m);
  t.regex(text, /^ {2}SHM sources +\/psm_…, /m);
  t.regex(text, /^ {2}\/dev\/shm\/fabric\.alpha\.s0001 +256 +64 +12 +█{5}░{15}$/m);
});
