import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { compiled } from '../harness/compile.mjs';
import { figure, median } from '../harness/figures.mjs';
import { KEY } from '../harness/load.mjs';
import { LOAD_CPU, named, SERVER_CPU } from '../harness/processes.mjs';
import { requestHead } from '../harness/resp.mjs';
import { fillAndThin } from './fragments.mjs';

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const INTERVAL_US = 500;
const OVER_IDLE_MS = 5;

/** Milliseconds that the main thread of a process was ready to run and had no CPU. */
const waitedMs = (pid) => Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]) / 1e6;

/** PINGs while `work` runs; p99 in milliseconds. */
async function pingDuring(bench, server, work) {
  const pinger = bench.stepper(compiled('pinger'), named({ port: server.port, interval_us: INTERVAL_US }), {
    cpu: SERVER_CPU,
  });
  await pinger.ready();
  const waited = waitedMs(server.pid);
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { pings, p99_us, max_us } = await pinger.finish();
  return { p99: p99_us / 1000, max: max_us / 1000, pings, seconds, waited: waitedMs(server.pid) - waited };
}

/** A payload that is ready to be sent, so that nothing but its way is in the measured stretch. */
async function prepared(bench, server, bytes, words) {
  const values = { port: server.port, pid: server.pid, bytes, count: 1, from: 0, header: requestHead(bytes, ...words) };
  const last = { trailer: '\r\n', acknowledgement: 'reply', begin: 'stdin' };
  const sender = bench.stepper(compiled('sender'), named({ ...values, ...last }), { cpu: LOAD_CPU });
  await sender.ready();
  return () => sender.finish();
}

const idle = (ms) => () => setTimeout(ms);

const of = (samples, field) => samples.map((sample) => sample[field]);

async function run(bench) {
  const bytes = bench.size(GIB, 32 * MIB);
  const mib = bytes / MIB;
  const node = await bench.node({
    config: {
      node: { segments_mib: [2 * mib] },
      security: { shm_source_prefixes: ['/datafabric-bench'] },
      // DEFRAG then works all the while instead of waiting for the quarantine.
      times: { quarantine_ms: 0 },
    },
  });
  const redis = await bench.redis();
  const during = (work) => pingDuring(bench, node, work);
  const idleMs = bench.size(2000, 200);
  let defragged;
  const samples = await bench.alternate({
    idle: () => during(idle(idleMs)),
    insert: async () => {
      const sample = await during(await prepared(bench, node, bytes, ['FABRIC.INSERT', KEY, '', 'bytes']));
      await node.empty();
      return sample;
    },
    defrag: async () => {
      await fillAndThin(node, 2 * bytes);
      const sample = await during(async () => (defragged = await node.client.call('FABRIC.DEFRAG')));
      await node.empty();
      return sample;
    },
    alloc: async () => {
      let segment;
      const sample = await during(async () => ([segment] = await node.client.call('FABRIC.ALLOC', mib)));
      await node.client.call('FABRIC.DEALLOC', ...segment);
      return sample;
    },
    redisIdle: () => pingDuring(bench, redis, idle(idleMs)),
    redisSet: async () => {
      const sample = await pingDuring(bench, redis, await prepared(bench, redis, bytes, ['SET', KEY]));
      await redis.client.flushall('SYNC');
      return sample;
    },
  });
  const over = (name, base) => samples[name].map((sample, round) => sample.p99 - samples[base][round].p99);
  const busy = (what, name) => [
    figure({
      what: `PING p99 over idle, ${what}`,
      unit: 'ms',
      ours: over(name, 'idle'),
      target: { most: OVER_IDLE_MS },
    }),
    figure({ what: `longest PING, ${what}`, unit: 'ms', ours: of(samples[name], 'max') }),
  ];
  return {
    sides: {
      Datafabric: { ...node.settings, client: `bench/native/pinger.cc, a PING every ${INTERVAL_US} µs` },
      Redis: { ...redis.settings, client: 'the same' },
    },
    figures: [
      figure({
        what: 'PING p99, idle',
        unit: 'ms',
        ours: of(samples.idle, 'p99'),
        theirs: of(samples.redisIdle, 'p99'),
        against: 'Redis',
      }),
      ...busy(`INSERT of ${mib} MiB`, 'insert'),
      ...busy('DEFRAG', 'defrag'),
      ...busy(`ALLOC of ${mib} MiB`, 'alloc'),
      figure({
        what: `for scale: Redis’ PING p99 over idle, SET of ${mib} MiB`,
        unit: 'ms',
        ours: over('redisSet', 'redisIdle'),
      }),
    ],
    notes: Object.entries(samples)
      .map(
        ([name, list]) =>
          `${name}: ${median(of(list, 'pings'))} PINGs in ${median(of(list, 'seconds')).toFixed(2)} s; meanwhile the server waited ${median(of(list, 'waited')).toFixed(0)} ms for a CPU.`,
      )
      .concat(`The last DEFRAG moved ${(defragged[3] / MIB).toFixed(0)} MiB.`),
  };
}

export const ping = {
  name: 'ping',
  title: 'PING p99 while a 1 GiB INSERT, DEFRAG or ALLOC runs',
  method:
    'A PING is sent at fixed times, answered or not, and its wait counts from when it was due: a stall is charged for every PING it delays. The sender has one CPU and the pinger another; the server runs where it likes.',
  run,
};
