// Gets values into this process and says how long that took: `node ready.mjs SIDE PORT`, then a line of JSON for each task. SIDE: `client`
// (our client's attach) or `get` (ioredis' GET into a Buffer). Tasks and answers as in ready.py.
import { createInterface } from 'node:readline';
import { performance } from 'node:perf_hooks';
import { Redis } from 'ioredis';
import { connect } from '../../dist/client/index.js';

const [side, port] = [process.argv[2], Number(process.argv[3])];
const DOUBLE_BYTES = 8;

/** A Float64Array wants its alignment; a copy is part of what it costs to have one. */
function doublesOf(buffer) {
  const aligned = buffer.byteOffset % DOUBLE_BYTES === 0 ? buffer : new Uint8Array(buffer);
  return new Float64Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / DOUBLE_BYTES);
}

async function throughClient() {
  const fabric = await connect({ port });
  await fabric.redis.ping();
  return async (name) => {
    const variable = await fabric.attach(name);
    return { array: variable.array, release: () => variable.release() };
  };
}

async function throughRedis() {
  const redis = new Redis(port, '127.0.0.1');
  await redis.ping();
  return async (name) => ({ array: doublesOf(await redis.getBuffer(name)), release: () => undefined });
}

function sum(array) {
  let total = 0;
  for (let i = 0; i < array.length; i++) total += array[i];
  return total;
}

async function measure(fetch, name, read) {
  const start = performance.now();
  const { array, release } = await fetch(name);
  const total = read ? sum(array) : array.length;
  const milliseconds = performance.now() - start;
  if (total !== array.length) throw new Error(`${name}: the sum is ${total}, not ${array.length}`);
  await release();
  return milliseconds / 1000;
}

const fetch = await (side === 'client' ? throughClient() : throughRedis());
for await (const line of createInterface({ input: process.stdin })) {
  const { name, repeats, read } = JSON.parse(line);
  const seconds = [];
  for (let i = 0; i < repeats; i++) seconds.push(await measure(fetch, name, read));
  process.stdout.write(`${JSON.stringify({ seconds })}\n`);
}
process.exit();
