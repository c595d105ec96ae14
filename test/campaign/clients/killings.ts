/** One round: clients of every kind stop at every step, and are killed there, several at a time. */
import type { FabricClient } from '../../../dist/client/index.js';
import type { Random } from '../random.js';
import { killParentThenChild } from './forked.js';
import { HOT_NAMES } from './hot.js';
import { makePayload } from './payload.js';
import { CASES, type Case, type Job } from './steps.js';
import type { Victims } from './victims.js';

const AT_ONCE = 3;
const SMALL_BYTES_MAX = 32 << 10;
/** From 64 KiB on an INSERT's bytes go past the parser; below 1 MiB our clients send them. */
const LARGE_BYTES = [100 << 10, 1000 << 10] as const;
const IN_PLACE_BYTES_MAX = 3 << 20;
const LEASE_MS = 300;
/** What others may cause: no room, a name being written, a name that is missing for a moment. */
const TRY_AGAIN = ['OOM', 'EXISTS', 'NOTFOUND'];
const TRIES_MAX = 50;

/** A name that only a dead client has used. */
export interface Trace {
  name: string;
  what: string;
  leaves: Case['step']['leaves'];
}

export interface Parts {
  fabric: FabricClient;
  url: string;
  victims: Victims;
  random: Random;
  /** Throws when one of those that live has found something wrong. */
  check: () => void;
  /** After each kill. */
  counted: (which: Case) => void;
}

let jobs = 0;

export async function killEverywhere(parts: Parts, replace: boolean): Promise<Trace[]> {
  const left = shuffled(CASES, parts.random);
  const traces: Trace[] = [];
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const job = await killOne(parts, next, replace);
      parts.counted(next);
      parts.check();
      const { name: step, leaves } = next.step;
      if (!HOT_NAMES.includes(job.name))
        traces.push({ name: job.name, leaves, what: `${step} (${next.kind}, ${next.owner})` });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return traces;
}

async function killOne(parts: Parts, which: Case, replace: boolean): Promise<Job> {
  const { fabric, victims } = parts;
  for (let tries = 1; ; tries++) {
    const job = jobOf(parts, which, replace);
    if (job.work === 'forked read') await fabric.insert(job.name, makePayload(job.name, job.length));
    const victim = await victims.start(job);
    const { at, failed = '' } = victim.stop;
    if (at === undefined) {
      if (TRY_AGAIN.includes(failed) && tries < TRIES_MAX) continue;
      throw new Error(`a client (${which.kind}, ${which.owner}) should have come to '${job.step}', but: ${failed}`);
    }
    if (victim.stop.child === undefined) await victim.kill();
    else await killParentThenChild(fabric, victims, victim, job);
    return job;
  }
}

function jobOf({ url, random }: Parts, { step, kind, owner }: Case, replace: boolean): Job {
  const id = ++jobs;
  const hot = step.work === 'read' || (replace && !step.work.startsWith('forked'));
  return {
    id,
    url,
    kind,
    owner,
    work: step.work,
    step: step.name,
    ...(step.moment === undefined ? {} : { moment: step.moment }),
    name: hot ? random.pick(HOT_NAMES) : `own-${id}`,
    length: lengthOf(random, step),
    replace: hot,
    leaseMs: LEASE_MS,
  };
}

function lengthOf(random: Random, { work, large }: Case['step']): number {
  if (work !== 'insert') return random.size(64, IN_PLACE_BYTES_MAX);
  return large === true ? random.between(...LARGE_BYTES) : random.size(64, SMALL_BYTES_MAX);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random.fraction() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
