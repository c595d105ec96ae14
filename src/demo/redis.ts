/** The same bytes through a Redis server, which copies them in and out. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onceAtEnd } from './cleanup.js';
import { end } from './node-process.js';
import { sumBytes } from './sum.js';

export interface RedisTimes {
  setMs: number;
  getMs: number;
  sumMs: number;
  sum: number;
}

/** By default one value has 512 MiB at most, and one connection sends 1 GiB at most. */
const LIMITS = ['--proto-max-bulk-len', '4gb', '--client-query-buffer-limit', '4gb'];

/** Undefined where there is no redis-server. */
export async function throughRedis(payload: Buffer): Promise<RedisTimes | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-demo-redis-'));
  const socket = join(folder, 'redis.sock');
  const options = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder, ...LIMITS];
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = onceAtEnd(async () => {
    await end(server);
    rmSync(folder, { recursive: true, force: true });
  });
  try {
    if (!(await accepts(server))) return undefined;
    return await measure(socket, payload);
  } finally {
    await stop();
  }
}

/** True once it accepts connections, false when it can't be run. */
async function accepts(server: ReturnType<typeof spawn>): Promise<boolean> {
  return new Promise((resolve) => {
    server.on('error', () => resolve(false));
    server.on('exit', () => resolve(false));
    let said = '';
    server.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (/ready to accept connections/i.test(said)) resolve(true);
    });
  });
}

async function measure(socket: string, payload: Buffer): Promise<RedisTimes> {
  const redis = new Redis(socket, { retryStrategy: null });
  try {
    await redis.ping();
    const start = performance.now();
    await redis.set('gibibyte', payload);
    const set = performance.now();
    const copy = await redis.getBuffer('gibibyte');
    const got = performance.now();
    const sum = sumBytes(copy!);
    return { setMs: set - start, getMs: got - set, sumMs: performance.now() - got, sum };
  } finally {
    redis.disconnect();
  }
}
