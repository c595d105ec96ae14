// Lookups of random keys, on a node and on a Redis that hold the same names.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { request } from './resp.mjs';
import { LOAD_CPU } from './processes.mjs';

export const KEY = 'key:########';
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

export const INSERT = (payload) => request('FABRIC.INSERT', KEY, '', 'bytes', payload);
export const LOCATE = request('FABRIC.LOCATE', KEY);
export const GET = request('GET', KEY);

/** Sends the request for each key of a range; the mean length of the replies, and their lengths into a file if given. */
export async function walk(bench, { port }, text, from, to, lengths) {
  const values = { port, from, to, request: text, ...(lengths === undefined ? {} : { lengths }) };
  const { mean_reply_bytes: mean } = await bench.run('walker', values, { cpu: LOAD_CPU });
  return mean;
}

/** A value such that GET's reply has as many bytes as LOCATE's on the average. */
export function valueFor(replyBytes) {
  let bytes = Math.round(replyBytes);
  while (`$${bytes}\r\n`.length + bytes + 2 > Math.round(replyBytes)) bytes--;
  return 'x'.repeat(bytes);
}

/** `keys` variables on the node and as many values on the Redis; what `lookUp` needs of them. */
export class Lookups {
  keys = 0;
  replyBytes = 0;
  valueBytes = 0;
  #bench;
  #node;
  #redis;
  #payload;
  #lengths;

  constructor(bench, node, redis, payload = 'x') {
    this.#bench = bench;
    this.#node = node;
    this.#redis = redis;
    this.#payload = payload;
    this.#lengths = join(bench.folder, 'lengths');
  }

  /** Adds keys until there are so many. */
  async growTo(keys) {
    await walk(this.#bench, this.#node, INSERT(this.#payload), this.keys, keys);
    rmSync(this.#lengths, { force: true });
    this.replyBytes = await walk(this.#bench, this.#node, LOCATE, 0, keys, this.#lengths);
    const value = valueFor(this.replyBytes);
    this.valueBytes = value.length;
    await walk(this.#bench, this.#redis, request('SET', KEY, value), 0, keys);
    this.keys = keys;
  }

  locate(load) {
    return this.#run(this.#node, { request: LOCATE, lengths: this.#lengths }, load);
  }

  get(load) {
    const reply_bytes = `$${this.valueBytes}\r\n`.length + this.valueBytes + 2;
    return this.#run(this.#redis, { request: GET, reply_bytes }, load);
  }

  async #run({ port, pid }, what, { connections, pipeline, seconds }) {
    const load = { port, pid, connections, pipeline, seconds, commands: NO_LIMIT, keys: this.keys };
    const result = await this.#bench.run('loader', { ...load, ...what }, { cpu: LOAD_CPU });
    return {
      perSecond: result.commands / result.seconds,
      cpuMicroseconds: (result.server_cpu_seconds / result.commands) * 1e6,
      serverBusy: result.server_cpu_seconds / result.seconds,
      loaderBusy: result.loader_cpu_seconds / result.seconds,
      p99Microseconds: result.p99_us,
    };
  }
}
