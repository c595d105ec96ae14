/** `npm run demo`: real data in, read by other processes without a copy, and what that costs beside a copy through Redis. */
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type FabricClient } from '../client/index.js';
import { cleanUpAtSignals } from './cleanup.js';
import { dataFolder, dataSets, repeated, type DataSet } from './data-sets.js';
import { availableBytes, growthDuring, sharedMemoryFreeBytes } from './memory.js';
import { startNode, type DemoNode } from './node-process.js';
import { NODE_READER, PYTHON_READER, readBack, type Reader, type Reading } from './readers.js';
import { throughRedis } from './redis.js';
import { heading, mib, ms, say, table } from './report.js';
import { sumBytes } from './sum.js';

const MIB = 2 ** 20;
const GIBIBYTE = 2 ** 30;
const LARGE = 'large';
const FILES_MIB = 64;
/** Beside the payload, in its segment. */
const SLACK_MIB = 2;
const GROWTH_BYTES_MAX = 16 * MIB;
/** The payload, ioredis' request with it, the segment, and Redis' copy with the client's. */
const COPIES = 6;

const failures: string[] = [];

cleanUpAtSignals();
useTools();
try {
  await demonstrate(largeSize());
} catch (error) {
  failures.push((error as Error).message);
}
if (failures.length === 0) {
  say('\nEvery sum is equal; nothing is left in /dev/shm.');
} else {
  say(`\nFAILED: ${failures.join('; ')}`);
  process.exitCode = 1;
}

/** What `setup.mjs --tools` found: a redis-server, and a python3 with redis-py and numpy. */
function useTools(): void {
  const tools = fileURLToPath(new URL('../../build-tools', import.meta.url));
  process.env.PATH = [tools, process.env.PATH ?? ''].join(delimiter);
}

async function demonstrate(size: number): Promise<void> {
  const node = await startNode([FILES_MIB, size / MIB + SLACK_MIB], [dataFolder]);
  try {
    const fabric = await connect({ port: node.port });
    try {
      const sets = dataSets();
      await showFiles(fabric, node, sets);
      await showLarge(fabric, node, repeated(sets, size));
    } finally {
      await fabric.close();
    }
  } finally {
    await node.stop();
  }
}

/** 1 GiB, or what this machine has room for. */
function largeSize(): number {
  const room = Math.min(sharedMemoryFreeBytes() - 2 * FILES_MIB * MIB, availableBytes() / COPIES);
  let bytes = GIBIBYTE;
  while (bytes > room && bytes > MIB) bytes /= 2;
  if (bytes < GIBIBYTE) {
    say(`Here is room for ${mib(bytes)} MiB instead of 1 GiB: free ${mib(sharedMemoryFreeBytes())} MiB in /dev/shm,`);
    say(`${mib(availableBytes())} MiB of memory. (Containers: --shm-size.)`);
  }
  return bytes;
}

async function showFiles(fabric: FabricClient, node: DemoNode, sets: readonly DataSet[]): Promise<void> {
  heading(`Data sets, read by the server (FABRIC.INSERT … FILE ${dataFolder}/…)`);
  const insertMs = new Map<string, number>();
  for (const { name, path } of sets) {
    const start = performance.now();
    await fabric.insert(name, { file: path }, { documentation: 'vega-datasets', type: 'bytes' });
    insertMs.set(name, performance.now() - start);
  }
  const names = sets.map(({ name }) => name);
  const inNode = await readBack(NODE_READER, node.port, names);
  const inPython = await readBack(PYTHON_READER, node.port, names);
  const rows = sets.map(({ name, bytes }) => {
    const sum = sumBytes(bytes);
    const readings = [inNode.get(name), inPython.get(name)];
    const equal = check(name, sum, readings);
    return [
      name,
      mib(bytes.length),
      ms(insertMs.get(name)!),
      ...readings.map((reading) => ms(reading!.attachMs)),
      String(sum),
      equal,
    ];
  });
  say(table(['file', 'MiB', 'INSERT ms', 'attach ms Node.js', 'Python', 'sum of its bytes', 'both'], rows));
}

async function showLarge(fabric: FabricClient, node: DemoNode, payload: Buffer): Promise<void> {
  heading(`One value of ${mib(payload.length)} MiB, sent over the socket (FABRIC.INSERT … BYTES)`);
  const sum = sumBytes(payload);
  const start = performance.now();
  let insertMs = 0;
  const growth = await growthDuring(node.pid, async () => {
    await fabric.redis.call('FABRIC.INSERT', LARGE, 'the largest file over and over', 'bytes', payload);
    insertMs = performance.now() - start;
  });
  const readings = [await read(node, NODE_READER), await read(node, PYTHON_READER)] as const;
  check(LARGE, sum, readings);
  const redis = await throughRedis(payload);
  if (redis !== undefined && redis.sum !== sum) failures.push("Redis' sum differs");

  const rows = [
    ['in', `INSERT ${ms(insertMs)}`, redis ? `SET ${ms(redis.setMs)}` : '–'],
    ['out, in Node.js', `attach ${ms(readings[0].attachMs)}`, redis ? `GET ${ms(redis.getMs)}` : '–'],
    ['out, in Python', `attach ${ms(readings[1].attachMs)}`, '–'],
    ['sum of every byte, Node.js', ms(readings[0].sumMs), redis ? ms(redis.sumMs) : '–'],
    ['sum of every byte, Python', ms(readings[1].sumMs), '–'],
  ];
  say(table(['milliseconds', 'Datafabric', redis ? 'a copy through Redis' : 'no redis-server here'], rows));
  say(
    `The server's memory outside shared memory: ${signed(growth.peak)} MiB at most, ${signed(growth.end)} MiB after the INSERT.`,
  );
  if (growth.peak > GROWTH_BYTES_MAX) failures.push(`the INSERT raised the server's memory by ${mib(growth.peak)} MiB`);
  for (const [label, { mapping }] of [
    ['Node.js', readings[0]],
    ['Python', readings[1]],
  ] as const) {
    heading(`Of /proc/self/smaps of the reader in ${label}`);
    mapping.forEach((line) => say(`  ${line}`));
    if (mapping.length === 0) failures.push(`the reader in ${label} had no mapping`);
  }
}

async function read(node: DemoNode, reader: Reader): Promise<Reading> {
  return (await readBack(reader, node.port, [LARGE])).get(LARGE)!;
}

function check(name: string, sum: number, readings: readonly (Reading | undefined)[]): string {
  if (readings.every((reading) => reading?.sum === sum)) return 'equal';
  failures.push(`the sums of ${name} differ`);
  return 'DIFFERENT';
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '' : '+'}${mib(bytes)}`;
}
