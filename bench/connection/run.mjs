// Compares connection layers on a canned reply: net.Socket, the addon's sockets with a JS callback per chunk, and the
// addon's sockets answering in C++; a redis-server's GET of an equally long value is the reference.
//
//     node bench/connection/run.mjs [--rounds 5] [--seconds 1] [--commands 20000000] [--connections 50]
//
// Rounds alternate over the servers, so that what else the machine does hits all alike; figures are medians. CPU is the
// server process's own clock per command. Needs what `npm run bench` needs.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compiled } from '../harness/compile.mjs';
import { median } from '../harness/figures.mjs';
import { end, firstLine, measured, start } from '../harness/processes.mjs';
import { RedisServer } from '../harness/redis.mjs';
import { request } from '../harness/resp.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const KEY = 'key:001';
const REQUEST = request('GET', KEY);
const VALUE = 'x'.repeat(100);
const REPLY = `$${VALUE.length}\r\n${VALUE}\r\n`;
const PIPELINES = [1, 16, 64];

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
  const child = start(process.execPath, [join(here, 'server.mjs'), kind, REQUEST.length, REPLY, addonFile]);
  return { name: kind, pid: child.pid, port: Number(await firstLine(child)), stop: () => end(child) };
}

async function startRedis() {
  const server = await new RedisServer().start();
  await server.client.set(KEY, VALUE);
  return { name: 'redis', pid: server.pid, port: server.port, stop: () => server.stop() };
}

async function measure(server, pipeline) {
  const { port, pid } = server;
  const { connections, seconds, commands: most } = options;
  const load = { port, pid, connections, pipeline, seconds, commands: most, keys: 1, request: REQUEST };
  const result = await measured(compiled('loader'), { ...load, reply_bytes: REPLY.length });
  const { commands, seconds: elapsed, server_cpu_seconds: cpu, p99_us } = result;
  return { commandsPerSecond: commands / elapsed, cpuMicroseconds: (cpu / commands) * 1e6, p99Microseconds: p99_us };
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
  const canned = join(directory, 'canned.node');
  compileCanned(canned);
  servers.push(await startNode('net', ''));
  servers.push(await startNode('addon', options.addon));
  servers.push(await startNode('native', canned));
  servers.push(await startRedis());
  const cases = PIPELINES.flatMap((pipeline) => servers.map((server) => ({ server, pipeline, samples: [] })));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const { server, pipeline, samples } of cases) samples.push(await measure(server, pipeline));
  }
  const rows = cases.map(({ server, pipeline, samples }) => summarize(server, pipeline, samples));
  console.table(rows);
  console.log(JSON.stringify({ node: process.version, options, rows }));
} finally {
  for (const server of servers) await server.stop();
  rmSync(directory, { recursive: true });
}
