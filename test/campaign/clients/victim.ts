/** A client in a process of its own that stops where its job says; ours, or ioredis alone with a file descriptor. */
import { openSync, readSync, writeSync } from 'node:fs';
import { Redis } from 'ioredis';
import { connect } from '../../../dist/client/index.js';
import { fieldsOf, numberOf, textOf } from '../../../dist/client/replies.js';
import { isFabricError } from '../../../dist/errors.js';
import { faultOf, makePayload } from './payload.js';
import type { Job, Stop } from './steps.js';
import { stopAt, stopHere } from './stopping.js';

/** What both kinds of client can do; the memory of a reservation is written in two halves. */
interface Client {
  redis: Redis;
  reserve(): Promise<{ write(from: number, bytes: Buffer): void; seal(): Promise<unknown> }>;
  insert(payload: Buffer): Promise<unknown>;
  read(): Promise<{ bytes(): Uint8Array; release(): Promise<unknown> }>;
}

const job = JSON.parse(process.argv[2]!) as Job;
const lease = job.owner === 'lease' ? job.leaseMs : undefined;

async function library(): Promise<Client> {
  const fabric = await connect(job.url);
  const { name, length, replace } = job;
  const owner = lease === undefined ? {} : { lease };
  return {
    redis: fabric.redis,
    reserve: async () => {
      const reservation = await fabric.reserve(name, 'bytes', { length, replace, ...owner });
      return { write: (from, bytes) => reservation.bytes.set(bytes, from), seal: () => reservation.seal() };
    },
    insert: (payload) => fabric.insert(name, payload, { replace }),
    read: async () => {
      const attached = await fabric.attach(name, owner);
      return { bytes: () => attached.bytes, release: () => attached.release() };
    },
  };
}

function bare(): Client {
  const redis = new Redis(job.url, { retryStrategy: () => null });
  const { name, length, replace } = job;
  const owner = lease === undefined ? [] : ['LEASE', lease];
  const replacing = replace ? ['REPLACE'] : [];
  return {
    redis,
    reserve: async () => {
      const words = ['FABRIC.RESERVE', name, '', 'bytes', 'LENGTH', length, ...owner, ...replacing] as const;
      const fields = fieldsOf(await redis.callBuffer(...words));
      const file = openSync(`/dev/shm${textOf(fields.get('shm'))}`, 'r+');
      const offset = numberOf(fields.get('offset'));
      return {
        write: (from, bytes) => void writeSync(file, bytes, 0, bytes.length, offset + from),
        seal: () => redis.call('FABRIC.SEAL', numberOf(fields.get('xid'))),
      };
    },
    insert: (payload) => redis.call('FABRIC.INSERT', name, '', 'bytes', ...replacing, 'BYTES', payload),
    read: async () => {
      const reply = await redis.callBuffer('FABRIC.PTR', name, ...owner);
      if (reply === null) throw new Error('NOTFOUND');
      const fields = fieldsOf(reply);
      const bytes = Buffer.alloc(numberOf(fields.get('length')));
      const file = openSync(`/dev/shm${textOf(fields.get('shm'))}`, 'r');
      readSync(file, bytes, 0, bytes.length, numberOf(fields.get('offset')));
      return { bytes: () => bytes, release: () => redis.call('FABRIC.RELEASE', textOf(fields.get('pin'))) };
    },
  };
}

async function reserve(client: Client): Promise<void> {
  const payload = makePayload(job.name, job.length);
  const half = payload.length >> 1;
  const reservation = await client.reserve();
  reservation.write(0, payload.subarray(0, half));
  if (job.step === 'half written') stopHere(job);
  reservation.write(half, payload.subarray(half));
  if (job.step === 'written') stopHere(job);
  await reservation.seal();
}

async function read(client: Client): Promise<void> {
  const asked = performance.now();
  const reading = await client.read();
  const fault = faultOf(reading.bytes(), job.name);
  // A lease may end before a busy machine has come so far; then the bytes may be another's.
  const inTime = lease === undefined || performance.now() - asked < lease;
  if (fault !== undefined && inTime) throw new Error(`wrong bytes: ${fault}`);
  if (job.step === 'mapped and reading') stopHere(job);
  await reading.release();
}

async function work(): Promise<void> {
  const client = job.kind === 'bare' ? bare() : await library();
  client.redis.on('error', () => undefined);
  await client.redis.ping();
  stopAt(client.redis, job);
  if (job.work === 'connect') stopHere(job);
  else if (job.work === 'reserve') await reserve(client);
  else if (job.work === 'insert') await client.insert(makePayload(job.name, job.length));
  else await read(client);
  throw new Error(`${job.step} was never reached`);
}

work().catch((error: unknown) => {
  const failed = isFabricError(error) ? error.code : error instanceof Error ? error.message : String(error);
  const stop: Stop = { id: job.id, failed };
  writeSync(1, `${JSON.stringify(stop)}\n`);
  process.exit(1);
});
