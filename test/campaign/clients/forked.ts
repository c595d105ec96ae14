/** A client is killed whose forked child goes on: what they hold together stays, until the child is killed as well. */
import { setImmediate } from 'node:timers/promises';
import type { FabricClient } from '../../../dist/client/index.js';
import { isFabricError } from '../../../dist/errors.js';
import { makePayload } from './payload.js';
import type { Job } from './steps.js';
import type { Victim, Victims } from './victims.js';

const pinsOf = async (fabric: FabricClient, name: string) => (await fabric.info(name))?.pins;

export async function killParentThenChild(
  fabric: FabricClient,
  victims: Victims,
  victim: Victim,
  job: Job,
): Promise<void> {
  const child = victim.stop.child!;
  await victim.kill();
  await slotsLookedAt(fabric, victims, job);
  if (job.work === 'forked read') await stillPinned(fabric, job.name);
  else await stillReserved(fabric, job.name);
  const fault = await victims.findingsOf(child);
  if (fault !== null) throw new Error(`a forked child of a killed client read ${job.name}: ${fault}`);
  await victims.killForked(child);
}

/** The server has looked at all slots since: it has noticed another death that came later. */
async function slotsLookedAt(fabric: FabricClient, victims: Victims, job: Job): Promise<void> {
  const name = `later-${job.id}`;
  await fabric.insert(name, makePayload(name, job.length));
  const step = 'mapped and reading';
  const later = await victims.start({ ...job, id: -job.id, work: 'read', step, name });
  if (later.stop.at !== step) throw new Error(`a client failed to read ${name}: ${later.stop.failed}`);
  if ((await pinsOf(fabric, name)) !== 1) throw new Error(`${name} should have one pin`);
  await later.kill();
  while ((await pinsOf(fabric, name)) !== 0) await setImmediate();
  await fabric.delete(name);
}

async function stillPinned(fabric: FabricClient, name: string): Promise<void> {
  const pins = await pinsOf(fabric, name);
  if (pins !== 1) throw new Error(`${name} has ${pins} pins, but a forked child still reads it`);
  await fabric.delete(name);
}

async function stillReserved(fabric: FabricClient, name: string): Promise<void> {
  try {
    await fabric.insert(name, Buffer.alloc(1));
  } catch (error) {
    if (isFabricError(error) && error.code === 'EXISTS') return;
    throw error;
  }
  throw new Error(`${name} was given up, but a forked child may still write to it`);
}
