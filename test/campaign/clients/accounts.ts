/** Whether a node is clear of the dead, and its figures are those of what it holds. */
import { setTimeout as after } from 'node:timers/promises';
import { connect, type FabricClient } from '../../../dist/client/index.js';
import { slotsObjectOf } from '../../../dist/client/slots.js';
import { native, type Slot } from '../../../dist/native.js';
import { extentBytes, infoNumbers, segmentFigures, total, type Call } from '../figures.js';
import { Identities } from './identities.js';

const LOOK_MS = 10;

/** What there must be none of when nobody holds or writes anything. */
async function remains(call: Call): Promise<Record<string, number>> {
  const [segments, info] = await Promise.all([segmentFigures(call), infoNumbers(call)]);
  return {
    limboBytes: total(segments, 'limboBytes'),
    quarantinedBytes: total(segments, 'quarantinedBytes'),
    pinnedBytes: total(segments, 'pinnedBytes'),
    pins: info.get('pins') ?? NaN,
    reservations: info.get('reservations') ?? NaN,
    removed: info.get('removed') ?? NaN,
  };
}

/** Resolves to the milliseconds until nothing remained; rejects when something does after `msMax`. */
export async function cleared(call: Call, msMax: number): Promise<number> {
  const started = performance.now();
  for (;;) {
    const left = await remains(call);
    const ms = performance.now() - started;
    if (Object.values(left).every((value) => value === 0)) return ms;
    if (ms > msMax) throw new Error(`after ${Math.round(ms)} ms there remain ${JSON.stringify(left)}`);
    await after(LOOK_MS);
  }
}

/** Every variable has its own bytes, and the segments' figures are the sums over them. Nothing changes meanwhile. */
export async function checkSums(fabric: FabricClient, call: Call): Promise<number> {
  const used = new Map<string, { bytes: number; variables: number }>();
  const identities = new Identities();
  let variables = 0;
  for await (const name of fabric.list()) {
    const attached = await fabric.attach(name);
    const info = (await fabric.info(name))!;
    const place = info.placements[0]!;
    const sight = { xid: attached.xid, generation: attached.generation, shm: place.sharedId, offset: place.offset };
    identities.check(name, attached.bytes, sight);
    if (native.crc32c(attached.bytes) !== info.crc32c) throw new Error(`${name}: the catalog has another crc32c`);
    await attached.release();
    const sum = used.get(place.sharedId) ?? { bytes: 0, variables: 0 };
    used.set(place.sharedId, { bytes: sum.bytes + extentBytes(info.length), variables: sum.variables + 1 });
    variables++;
  }
  for (const figures of await segmentFigures(call)) {
    const { bytes, variables } = used.get(figures.sharedId) ?? { bytes: 0, variables: 0 };
    const { usedBytes, freeBytes, pinnedBytes } = figures;
    const expected = { usedBytes: bytes, freeBytes: figures.bytes - bytes, pinnedBytes: 0, variables };
    const found = { usedBytes, freeBytes, pinnedBytes, variables: figures.variables };
    if (JSON.stringify(found) === JSON.stringify(expected)) continue;
    throw new Error(`${figures.sharedId} has ${JSON.stringify(found)}, its variables are ${JSON.stringify(expected)}`);
  }
  return variables;
}

/** How many slots can be taken now. */
export async function freeSlots(url: string): Promise<number> {
  const fabric = await connect(url);
  const [segment] = await fabric.segments();
  await fabric.close();
  const slots: Slot[] = [];
  try {
    for (;;) slots.push(native.acquireSlot(slotsObjectOf(segment!.sharedId)));
  } catch {
    return slots.length;
  } finally {
    for (const slot of slots) slot.close();
  }
}
