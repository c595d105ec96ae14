/** Small changes of a quiet node whose whole effect on the catalog is known. */
import { EXPOSED } from '../../dist/layout.js';
import type { CatalogPin, CatalogVariable } from '../campaign/catalog-file.js';
import { segmentFigures } from '../campaign/figures.js';
import { fieldsOf, textIn } from '../campaign/records.js';
import { refusedReservation } from './actions.js';
import type { Actor } from './actor.js';
import { expect, expectSame } from './checks.js';
import { takeInventory } from './inventory.js';
import { QUARANTINE_MS } from './node-under-test.js';

const LEASE_MS = 60_000;
/** More than the drills take together. */
const ROOM_BYTES = 256 << 10;
const ROOM_MS_MAX = 10_000;
const SLOT_CHECK_MS_MAX = 5000;
const NAME = 'drill';

export async function drill(actor: Actor): Promise<void> {
  await roomReturns(actor);
  await refusalFreesAtOnce(actor);
  await deathOfWriterFreesAtOnce(actor);
  await renewalStands(actor);
  await exposureStands(actor);
}

/** The load may end with every byte pinned or in quarantine; both end in time. */
async function roomReturns(actor: Actor): Promise<void> {
  const deadlineMs = Date.now() + ROOM_MS_MAX;
  for (;;) {
    const segments = await segmentFigures(actor.link.call);
    if (segments.some(({ freeBytes }) => freeBytes >= ROOM_BYTES)) return;
    expect(Date.now() < deadlineMs, () => `no room comes back: ${JSON.stringify(segments)}`);
  }
}

const catalogOf = async (actor: Actor) => (await takeInventory(actor.node, actor.link.call)).catalog;

async function variablesNamed(actor: Actor, name: string): Promise<CatalogVariable[]> {
  return (await catalogOf(actor)).variables.filter((variable) => variable.name === name);
}

/** Nobody had the address: there is nothing to wait for. */
async function refusalFreesAtOnce(actor: Actor): Promise<void> {
  const before = (await catalogOf(actor)).variables;
  expect(await refusedReservation(actor), () => 'a reservation was made with a slot that nobody holds');
  const known = new Set(before.map(({ xid }) => xid));
  const left = (await catalogOf(actor)).variables.filter(({ xid }) => !known.has(xid));
  expectSame('what a refused reservation leaves', left, []);
}

/** Who is dead writes no more. */
async function deathOfWriterFreesAtOnce(actor: Actor): Promise<void> {
  const name = actor.freshName();
  await actor.call('FABRIC.RESERVE', name, '', 'bytes', 'LENGTH', 1000, 'SLOT', actor.slot.index);
  actor.loseSlot();
  const deadlineMs = Date.now() + SLOT_CHECK_MS_MAX;
  for (;;) {
    const [left] = await variablesNamed(actor, name);
    if (left === undefined) return;
    expectSame('the state of a reservation whose writer has died', left.state, 'RESERVED');
    expect(Date.now() < deadlineMs, () => 'a dead writer keeps its reservation');
  }
}

async function renewalStands(actor: Actor): Promise<void> {
  await actor.call('SET', NAME, 'renewed');
  for (const owner of [[], ['LEASE', 1000]]) {
    const pin = textIn(fieldsOf(await actor.call('FABRIC.PTR', NAME, ...owner)), 'pin');
    const before = await recordOf(actor, pin);
    await actor.call('FABRIC.RENEW', pin, LEASE_MS);
    const { kind, deadlineMs } = await recordOf(actor, pin);
    expectSame('the kind of a renewed pin', kind, 'lease');
    expect(deadlineMs >= before.deadlineMs + LEASE_MS / 2, () => `a renewed lease ends at ${deadlineMs}`);
    await actor.call('FABRIC.RELEASE', pin);
  }
  await actor.call('DEL', NAME);
}

async function recordOf(actor: Actor, pin: string): Promise<CatalogPin> {
  const { pins } = await catalogOf(actor);
  const record = pins.find(({ token }) => pin.endsWith(`:${token}`));
  expect(record !== undefined, () => `pin ${pin} isn't in the catalog`);
  return record;
}

/** What was located rests after its removal; what wasn't is free at once. */
async function exposureStands(actor: Actor): Promise<void> {
  expectSame('what is left of a variable that was never located', await leftOfDeleted(actor, false), []);
  for (;;) {
    const sentMs = Date.now();
    const left = await leftOfDeleted(actor, true);
    // On a machine that was too slow to look within the quarantine, nothing is proved.
    if (left.length === 0 && Date.now() - sentMs >= QUARANTINE_MS) continue;
    expectSame('what is left of a variable that was located', left, ['REMOVED']);
    return;
  }
}

async function leftOfDeleted(actor: Actor, exposes: boolean): Promise<string[]> {
  const name = actor.freshName();
  await actor.call('SET', name, 'exposed');
  if (exposes) await actor.call('FABRIC.LOCATE', name);
  const [sealed] = await variablesNamed(actor, name);
  expectSame('whether it is exposed', ((sealed?.flags ?? 0) & EXPOSED) !== 0, exposes);
  await actor.call('DEL', name);
  return (await variablesNamed(actor, name)).map(({ state }) => state);
}
