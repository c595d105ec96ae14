/** Sealing where names are everybody's. */
import type { Entry } from '../native.js';
import type { Core } from './core.js';
import type { Gate, Placing } from './gate.js';
import type { Placement } from './placements.js';

export interface Sealing {
  entry: Entry;
  crc32c: number;
  replace: boolean;
  placing: Placing | undefined;
  /** Called when it is sealed here: its entry may be another's from then on, as whoever finds it may replace it. */
  onSeal?: () => void;
}

/** Where the copies of a reservation's payload are, once everybody finds them; without one here the reservation is given up. */
export async function sealShared(
  core: Core,
  gate: Gate,
  { entry, crc32c, onSeal, ...how }: Sealing,
): Promise<Placement[]> {
  const { store } = core;
  const { name, documentation, type, xid, sharedId, offset, length, generation } = store.describe(entry);
  const here = { isSealed: false };
  const placements = await gate.publish({
    name,
    documentation,
    type,
    xid,
    sharedId,
    offset,
    length,
    generation,
    crc32c,
    ...how,
    seal: () => {
      store.seal(entry, crc32c);
      // Others are told where it is.
      store.locate(entry);
      here.isSealed = true;
      onSeal?.();
    },
  });
  if (!here.isSealed && store.describe(entry).state === 'RESERVED') store.abort(entry);
  return placements;
}
