import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadConfig, type LoadOptions } from '../../dist/cluster/config-load.js';
import { sections } from '../../dist/cluster/config-schema.js';
import { showConfig } from '../../dist/cluster/config-show.js';
import { userFields } from '../../dist/cluster/config-users.js';
import type { Config } from '../../dist/cluster/config.js';
import { folder, load, problemsOf, write } from './loading.js';

test('an empty file is one node with defaults', (t) => {
  const { node, listen, security, limits, times, log } = load('');
  t.is(node.name, 'alpha');
  t.is(node.stateDir, join(homedir(), '.local/state/datafabric/alpha'));
  t.is(node.shmMode, 0o600);
  t.deepEqual(node.segmentsMib, [256]);
  t.deepEqual(listen, { hosts: ['127.0.0.1'], port: 6379, unixPath: undefined, unixMode: 0o600 });
  t.deepEqual(security, { password: undefined, sourceRoots: [], shmSourcePrefixes: [] });
  t.is(limits.bulkBytesMax, 4 * 2 ** 30);
  t.is(times.quarantineMs, 2000);
  t.is(log.level, 'info');
});

test('sizes and durations in every notation', (t) => {
  for (const [notation, bytes] of [
    ['"512 MiB"', 512 * 2 ** 20],
    ['"1GiB"', 2 ** 30],
    ['"1.5 gib"', 1.5 * 2 ** 30],
    ['"10 MB"', 10_000_000],
    ['"4096"', 4096],
    ['4096', 4096],
  ] as const) {
    t.is(load(`limits.bulk_bytes_max = ${notation}`).limits.bulkBytesMax, bytes, notation);
  }
  for (const [notation, ms] of [
    ['"500ms"', 500],
    ['"2s"', 2000],
    ['"1.5 s"', 1500],
    ['"2min"', 120_000],
    ['"1h"', 3_600_000],
    ['250', 250],
  ] as const) {
    t.is(load(`times.quarantine_ms = ${notation}`).times.quarantineMs, ms, notation);
  }
  for (const wrong of ['"12 parsecs"', '"-1 MiB"', '"1e3"', '""', '1.5', '-1', 'true', '"9007199254740993 GiB"']) {
    t.regex(
      problemsOf(`limits.bulk_bytes_max = ${wrong}`)[0] ?? '',
      /^1:25: limits\.bulk_bytes_max: found .+; allowed: a size/,
      wrong,
    );
  }
});

test('relative paths start at the file, ~ at the home, the state at XDG_STATE_HOME', (t) => {
  const { node, listen, security } = load(
    '[node]\nstate_dir = "state"\n[listen]\nunix_socket = "~/a.sock"\n[security]\nsource_roots = ["../data", "/srv"]\n',
  );
  t.is(node.stateDir, join(folder, 'state'));
  t.is(listen.unixPath, join(homedir(), 'a.sock'));
  t.deepEqual(security.sourceRoots, [join(folder, '../data'), '/srv']);
  t.is(
    load('node.name = "b"', { environment: { XDG_STATE_HOME: '/var/state' } }).node.stateDir,
    '/var/state/datafabric/b',
  );
});

test('a state folder that a cluster has in common has one for each node', (t) => {
  const nodes = '[[nodes]]\nname = "a"\n[[nodes]]\nname = "b"\nport = 1\n[cluster]\npassword = "p"\n';
  const config = load(`node.name = "b"\nnode.state_dir = "/var/state"\n${nodes}`);
  t.is(config.node.stateDir, '/var/state/b');
  t.regex(showConfig(config), /^state_dir = "\/var\/state"$/m);
});

test('an unknown key is refused with its place, the nearest key and the list', (t) => {
  t.deepEqual(problemsOf('[times]\n\n  quarantine = 3\n'), [
    '3:3: [times] has no key "quarantine"; did you mean "quarantine_ms"? ' +
      'Allowed: quarantine_ms, pin_linger_ms, reserve_linger_ms, restart_grace_ms, drain_ms',
  ]);
  t.regex(
    problemsOf('[listn]\nport = 1\n')[0] ?? '',
    /^1:2: there is no section \[listn\]; did you mean "listen"\? Allowed: node, listen/,
  );
  t.regex(
    problemsOf('[listen]\nlevel = "info"')[0] ?? '',
    /^2:1: \[listen\] has no key "level"; it belongs in \[log\]/,
  );
  t.regex(problemsOf('[node]\nzzz = 1')[0] ?? '', /^2:1: \[node\] has no key "zzz"\. Allowed: name,/);
});

test('a wrong value is refused with its place, what was found and what is allowed', (t) => {
  const cases: [text: string, problem: string][] = [
    ['[node]\nname = "Alpha!"', '2:8: node.name: found "Alpha!"; allowed: 1 to 32 of a-z, 0-9 and "-"'],
    ['listen.port = 70000', '1:15: listen.port: found 70000; allowed: an integer from 0 to 65535'],
    ['listen = {port = "x"}', '1:18: listen.port: found "x"; allowed: an integer from 0 to 65535'],
    [
      '[log]\nlevel = "loud"',
      '2:9: log.level: found "loud"; allowed: one of "trace", "debug", "info", "warn", "error", "fatal", "silent"',
    ],
    [
      '[node]\nshm_mode = 600',
      '2:12: node.shm_mode: found 600; allowed: permission bits as octal digits in quotes, such as "0600" or "0640"',
    ],
    [
      '[listen]\nhosts = [\n  "127.0.0.1",\n  "example.org"]',
      '4:3: listen.hosts: found "example.org"; allowed: a list of IP addresses, such as ["127.0.0.1", "::1"]; [] for none',
    ],
    ['log = 3', '1:7: found 3; allowed: a table [log] with its keys below it'],
    ['[[times]]\ndrain_ms = 1', '1:3: found [[times]]; allowed: a table [times] with its keys below it'],
  ];
  for (const [text, problem] of cases) t.deepEqual(problemsOf(text), [problem]);
});

test('several problems are listed together, in the order of the file', (t) => {
  const places = problemsOf('[log]\nlevel = 1\n[node]\nnam = "x"\nsegments_mib = [2, 1, "x"]\n[listn]\n').map(
    (problem) => problem.split(': ')[0],
  );
  t.deepEqual(places, ['2:9', '4:1', '5:20', '5:23', '6:2']);
});

test('what is not TOML is refused with its place', (t) => {
  t.regex(problemsOf('[node]\nname = "a')[0] ?? '', /^2:\d+: this isn't TOML: unterminated string/);
  t.regex(problemsOf('[node]\nname = "a"\nname = "b"')[0] ?? '', /^3:1: this isn't TOML: /);
});

test('a file that cannot be read is named', (t) => {
  t.throws(() => loadConfig(join(folder, 'none.toml')), {
    message: /none\.toml: cannot read this configuration file: it doesn't exist$/,
  });
  t.throws(() => loadConfig(folder), { message: /it is a directory$/ });
});

test('beyond loopback a password is demanded', (t) => {
  for (const host of ['0.0.0.0', '192.168.1.5', '::', '2001:db8::1', '128.0.0.1', '::ffff:10.0.0.1']) {
    const text = `[listen]\nhosts = ["127.0.0.1", "${host}"]`;
    t.regex(problemsOf(text)[0] ?? '', /^2:9: listen\.hosts: .* can be reached from other machines/, host);
    t.deepEqual(load(`${text}\n[security]\npassword = "p"`).listen.hosts, ['127.0.0.1', host]);
    t.deepEqual(problemsOf(text, { environment: { DATAFABRIC_PASSWORD: 'p' } }), []);
  }
  t.deepEqual(load('listen.hosts = ["127.1.2.3", "::1", "localhost"]').listen.hosts, ['127.1.2.3', '::1', '127.0.0.1']);
});

test('a node nobody could reach is refused', (t) => {
  t.regex(
    problemsOf('listen.hosts = []')[0] ?? '',
    /^1:16: listen\.hosts: is empty and there is neither listen\.unix_socket nor tls\.hosts/,
  );
  t.deepEqual(problemsOf('listen.hosts = []\nlisten.unix_socket = "/run/x.sock"'), []);
});

test('limits that contradict each other are refused', (t) => {
  t.regex(
    problemsOf('[limits]\nreserved_bytes_max = "1 MiB"')[0] ?? '',
    /^2:22: limits\.reserved_bytes_max: 1048576 is less than/,
  );
});

test('the command line and the environment win over the file, and are named when they are wrong', (t) => {
  const port = (value: unknown): LoadOptions => ({
    overrides: [{ path: ['listen', 'port'], value, origin: '--port' }],
  });
  t.is(load('listen.port = 1', port(2)).listen.port, 2);
  t.is(load('', port(2)).listen.port, 2);
  t.deepEqual(problemsOf('', port(-2)), ['--port: listen.port: found -2; allowed: an integer from 0 to 65535']);
  t.deepEqual(problemsOf('listen = 1', port(2)), ['1:10: found 1; allowed: a table [listen] with its keys below it']);
  t.is(load('security.password = "a"', { environment: { DATAFABRIC_PASSWORD: 'b' } }).security.password, 'b');
  t.is(load('security.password = "a"', { environment: { DATAFABRIC_PASSWORD: '' } }).security.password, 'a');
});

test('a password is never shown', (t) => {
  t.deepEqual(problemsOf('security.password = 4711'), [
    '1:21: security.password: found another value; allowed: a string of 1 to 512 characters',
  ]);
  const shown = showConfig(load('security.password = "tell nobody"'));
  t.false(shown.includes('tell nobody'));
  t.regex(shown, /^# password is set, and not shown$/m);
});

test('what config show prints loads to the same configuration', (t) => {
  const before = load(
    '[node]\nshm_mode = "0640"\nstate_dir = "s"\n[listen]\nunix_socket = "x.sock"\n[security]\nsource_roots = ["a \\"b\\""]\n',
  );
  const after = load(showConfig(before));
  t.deepEqual({ ...after, path: before.path }, before);
});

test('conf/single.toml names every key, and says the defaults where they are commented out', (t) => {
  const path = new URL('../../conf/single.toml', import.meta.url).pathname;
  const shipped = readFileSync(path, 'utf8');
  const cluster = readFileSync(new URL('../../conf/cluster.toml', import.meta.url), 'utf8');
  for (const [section, keys] of Object.entries(sections)) {
    const [, block = ''] = (section === 'cluster' ? cluster : shipped).split(new RegExp(`^\\[${section}\\]$`, 'm'));
    const [body = ''] = block.split(/^\[/m);
    for (const key of Object.keys(keys)) t.regex(body, new RegExp(`^(# )?${key} = `, 'm'), `${section}.${key}`);
  }
  const [, users = ''] = /^(# \[\[users\]\]\n.*?)^\[/ms.exec(shipped) ?? [];
  for (const key of Object.keys(userFields)) t.regex(users, new RegExp(`^# ${key} = `, 'm'), `users.${key}`);
  t.is(load(users.replace(/^# (\[|[a-z_0-9]+ = )/gm, '$1')).users.length, 1);
  const withoutDefault = /^# (state_dir|shm_group|unix_socket|password|path|cert|key|ca) = /;
  const otherStores = /^# (bucket|prefix|region|endpoint|path_style|credentials_file|profile|user|timeout_ms) = /;
  const uncommented = shipped
    .replace(users, '')
    .split('\n')
    .map((line) => (withoutDefault.test(line) || otherStores.test(line) ? line : line.replace(/^# ([a-z_]+ = )/, '$1')))
    .join('\n');
  const here = new URL('../../conf/', import.meta.url).pathname;
  t.deepEqual({ ...loadConfig(path, { environment: {} }), path: here }, { ...loadAt(here, uncommented), path: here });
  t.is(loadConfig(path).security.shmSourcePrefixes[0], '/psm_');
});

/** As if the text stood in `at`. */
function loadAt(at: string, text: string): Config {
  return loadConfig(write(text.replaceAll('"../', `"${join(at, '..')}/`)), { environment: {} });
}
