/** A client that stops itself at a named step: it says so, and then nothing in its process runs any more until it is killed. */
import { writeSync } from 'node:fs';
import type { Command, Redis } from 'ioredis';
import type { Job, Moment, Stop } from './steps.js';

export function stopHere({ id, step }: Job): never {
  const stop: Stop = { id, at: step, pid: process.pid };
  writeSync(1, `${JSON.stringify(stop)}\n`);
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Stops when the commands of this connection have come to the job's moment. */
export function stopAt(redis: Redis, job: Job): void {
  const { moment } = job;
  if (moment === undefined) return;
  const send = redis.sendCommand.bind(redis) as (command: Command, stream?: unknown) => unknown;
  const hooked = (command: Command, stream?: unknown): unknown => {
    if (command.name.toUpperCase() !== moment.command) return send(command, stream);
    if (moment.when === 'before') stopHere(job);
    if (moment.when === 'half') sendHalf(redis, job);
    const sent = send(command, stream);
    if (moment.when === 'sent') stopHere(job);
    void command.promise.then(
      () => stopWhenAnswered(job, moment),
      () => undefined,
    );
    return sent;
  };
  redis.sendCommand = hooked;
}

function stopWhenAnswered(job: Job, { when }: Moment): void {
  if (when === 'answered') stopHere(job);
}

/** The socket takes what it can at once, which is at most the half. */
function sendHalf({ stream }: Redis, job: Job): void {
  const write: (bytes: Buffer) => boolean = stream.write.bind(stream);
  const hooked = (data: Buffer | string): boolean => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    write(bytes.subarray(0, bytes.length / 2));
    return stopHere(job);
  };
  stream.write = hooked;
}
