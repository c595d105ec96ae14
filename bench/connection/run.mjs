// Compares connection layers on a canned reply: net.Socket, the addon's sockets with a JS callback per chunk, and the
// addon's sockets answering in C++; a redis-server's GET of an equally long value is the reference.
//
//     node bench/connection/run.mjs [--rounds 5] [--seconds 1] [--commands 20000000] [--connections 50]
//
// Rounds alternate over the servers, so that what else the machine does hits all alike; figures are medians. CPU is the
// server process's user and system time per command. Needs the built addon and g++; redis-server if it is installed.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const REQUEST = '*2\r\n$3\r\nGET\r\n$7\r\nkey:001\r\n';
const VALUE = 'x'.repeat(100);
const REPLY = `$${VALUE.length}\r\n${VALUE}\r\n`;
const PIPELINES = [1, 16, 64];
/** Of /proc/<pid>/stat: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    commands: { type: 'string', default: '20000000' },
    connections: { type: 'string', default: '50' },
    addon: { type: 'string', default: join(root, 'build/Release/datafabric.node') },
  },
});

function compile(output, sources, flags) {
  execFileSync('g++', ['-std=c++20', '-O2', '-Wall', '-Wextra', '-o', output, ...sources, ...flags], {
    stdio: 'inherit',
  });
}

function compileCanned(output) {
  const native = join(root, 'native');
  const net = ['connection', 'listener', 'net', 'output_queue', 'poller', 'sink', 'socket'].map((n) => `net/${n}`);
  const checksums = ['crc32c', 'crc32c_sse42', 'crc32c_avx512', 'crc32c_armv8', 'guarded_copy'];
  const sources = [...net, ...checksums].map((name) => join(native, `${name}.cc`));
  const nodeHeaders = join(dirname(dirname(process.execPath)), 'include/node');
  const addonApi = createRequire(import.meta.url)('node-addon-api').include_dir;
  const includes = [native, nodeHeaders, join(root, addonApi)].map((path) => `-I${path}`);
  const definitions = ['-DNAPI_VERSION=9', '-D_GNU_SOURCE', '-DNODE_GYP_MODULE_NAME=canned'];
  compile(output, [join(here, 'canned.cc'), ...sources], ['-shared', '-fPIC', ...includes, ...definitions]);
}

async function startNode(kind, addonFile) {
  const child = spawn(process.execPath, [join(here, 'server.mjs'), kind, String(REQUEST.length), REPLY, addonFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { name: kind, child, port: Number(line) };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function startRedis(directory) {
  const port = await freePort();
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory,
  ];
  const child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  let log = '';
  while (!log.includes('Ready to accept connections')) log += (await once(child.stdout, 'data'))[0];
  child.stdout.resume();
  const client = connect(port, '127.0.0.1');
  client.write(`SET key:001 ${VALUE}\r\n`);
  await once(client, 'data');
  client.destroy();
  return { name: 'redis', child, port };
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function measure(loader, server, pipeline) {
  const before = cpuSeconds(server.child.pid);
  const load = [server.port, options.connections, pipeline, options.seconds, options.commands, REPLY.length, REQUEST];
  const { commands, seconds, p99_us } = JSON.parse(execFileSync(loader, load.map(String), { encoding: 'utf8' }));
  const cpu = cpuSeconds(server.child.pid) - before;
  return { commandsPerSecond: commands / seconds, cpuMicroseconds: (cpu / commands) * 1e6, p99Microseconds: p99_us };
}

function median(samples) {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)];
}

function summarize(server, pipeline, samples) {
  const of = (field, digits) => Number(median(samples.map((sample) => sample[field])).toFixed(digits));
  return {
    server: server.name,
    pipeline,
    commandsPerSecond: of('commandsPerSecond', 0),
    cpuMicroseconds: of('cpuMicroseconds', 3),
    p99Microseconds: of('p99Microseconds', 0),
  };
}

const directory = mkdtempSync(join(tmpdir(), 'datafabric-bench-'));
const servers = [];
try {
  if (!existsSync(options.addon)) throw new Error('the addon is not built: npm run setup');
  const loader = join(directory, 'loader');
  const canned = join(directory, 'canned.node');
  compile(loader, [join(here, 'loader.cc')], []);
  compileCanned(canned);
  servers.push(await startNode('net', ''));
  servers.push(await startNode('addon', options.addon));
  servers.push(await startNode('native', canned));
  const redis = spawnSync('redis-server', ['--version']).status === 0;
  if (redis) servers.push(await startRedis(directory));
  const cases = PIPELINES.flatMap((pipeline) => servers.map((server) => ({ server, pipeline, samples: [] })));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const { server, pipeline, samples } of cases) samples.push(measure(loader, server, pipeline));
  }
  const rows = cases.map(({ server, pipeline, samples }) => summarize(server, pipeline, samples));
  console.table(rows);
  console.log(JSON.stringify({ node: process.version, options, rows }));
} finally {
  for (const { child } of servers) child.kill();
  rmSync(directory, { recursive: true });
}
