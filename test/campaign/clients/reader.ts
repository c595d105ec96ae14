/** Reads the hot names in both ways that are safe, and finds the bytes right each time. */
import { openSync, readSync } from 'node:fs';
import { connect, type Attachment, type FabricClient, type Placement } from '../../../dist/client/index.js';
import { isFabricError } from '../../../dist/errors.js';
import { native } from '../../../dist/native.js';
import { Random } from '../random.js';
import type { Setup } from './hot.js';
import { Identities, type Sight } from './identities.js';
import { run, Turns } from './turns.js';

/** Held at a time, so that some outlast the replacement of their name and the compaction around them. */
const HELD_MAX = 6;
/** Addresses known at a time, so that many are used when something else may be there. */
const SEEN_MAX = 16;

interface Address {
  name: string;
  /** When it was asked for, on this process's clock. */
  asked: number;
  place: Placement;
}

const { url, seed, names, quarantineMs } = JSON.parse(process.argv[2]!) as Setup;
const random = new Random(seed);
const turns = new Turns();
const identities = new Identities();
const seen: Address[] = [];
const held: { attached: Attachment; sight: Sight }[] = [];
const files = new Map<string, number>();

async function attach(fabric: FabricClient): Promise<void> {
  const name = random.pick(names);
  const attached = await fabric.attach(name).catch((error: unknown) => {
    if (isFabricError(error) && error.code === 'NOTFOUND') return undefined;
    throw error;
  });
  if (attached === undefined) return;
  const { xid, generation } = attached;
  const info = await fabric.info({ xid });
  const [place] = info?.placements ?? [];
  // Replaced meanwhile: the pin keeps the bytes, but nobody is told any more where they are.
  const sight = { xid, generation, shm: place?.sharedId ?? '', offset: place?.offset ?? 0 };
  if (place !== undefined) check(attached, sight, info?.crc32c);
  held.push({ attached, sight });
  if (held.length > HELD_MAX) await release(fabric, random.between(0, held.length - 1));
}

function check(attached: Attachment, sight: Sight, crc32c: number | undefined): void {
  identities.check(attached.name, attached.bytes, sight);
  turns.count('pinned reads');
  if (crc32c === undefined || native.crc32c(attached.bytes) === crc32c) return;
  throw new Error(`${attached.name} (xid ${attached.xid}): the catalog has another crc32c`);
}

/** After a while under the pin the bytes are what they were, and where they were. */
async function release(fabric: FabricClient, index: number): Promise<void> {
  const [{ attached, sight }] = held.splice(index, 1) as [(typeof held)[number]];
  const [place] = (await fabric.info({ xid: attached.xid }))?.placements ?? [];
  if (place !== undefined && place.generation !== attached.generation) {
    throw new Error(`${attached.name} (xid ${attached.xid}) was moved under its pin`);
  }
  if (sight.shm !== '') check(attached, sight, undefined);
  await attached.release();
}

/** Takes addresses without a pin, to copy from them at once or later. */
async function look(fabric: FabricClient): Promise<void> {
  const name = random.pick(names);
  const asked = performance.now();
  const place = (await fabric.locate(name))?.[0];
  if (place === undefined) return;
  if (random.chance(0.3)) await copy(fabric, { name, asked, place });
  else seen.push({ name, asked, place });
  if (seen.length > SEEN_MAX) await copy(fabric, seen.shift()!);
}

/** Trusted when nothing has changed by then, and, whatever has, within the quarantine. */
async function copy(fabric: FabricClient, { name, asked, place }: Address): Promise<void> {
  const bytes = read(place);
  const ms = performance.now() - asked;
  const now = (await fabric.locate(name))?.[0];
  const same = now?.xid === place.xid && now.generation === place.generation;
  // Two clocks, and two processes which the machine may stop in between.
  const resting = ms < quarantineMs / 2;
  if (same || resting) identities.check(name, bytes, { ...place, shm: place.sharedId });
  turns.count(same ? 'copies' : resting ? 'copies of what had gone' : 'copies not trusted');
}

function read({ sharedId, offset, length }: Placement): Buffer {
  const file = files.get(sharedId) ?? openSync(`/dev/shm${sharedId}`, 'r');
  files.set(sharedId, file);
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, offset);
  return bytes;
}

run(async () => {
  const fabric = await connect(url);
  await turns.work(
    () => (random.chance(0.5) ? attach(fabric) : look(fabric)),
    async () => {
      while (held.length > 0) await release(fabric, 0);
    },
  );
});
