/** Sealing where names are everybody's: the coordinator is asked before, and told after. */
import type { Entry } from '../native.js';
import type { Core } from './core.js';
import type { Candidate, Gate } from './gate.js';

/** Seals a reservation whose bytes are all there; it stays one when the name can't be had. Then everybody finds it. */
export async function sealShared(core: Core, gate: Gate, entry: Entry, crc32c: number): Promise<void> {
  const candidate = candidateOf(core, entry, crc32c);
  await gate.commit(candidate);
  try {
    core.store.seal(entry, crc32c);
  } catch (error) {
    gate.abandoned(candidate);
    throw error;
  }
  await gate.sealed(candidate);
}

function candidateOf({ store }: Core, entry: Entry, crc32c: number): Candidate {
  const { name, xid, sharedId, offset, length, generation, replace } = store.describe(entry);
  return { name, xid, sharedId, offset, length, generation, crc32c, replace };
}
