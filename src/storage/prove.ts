/**
 * Whether a store's create-if-absent excludes, by experiment: there are servers that take the condition and overwrite all the same, or answer success
 * to everyone. What relies on exclusion is lost there without a word, so such a store is refused when it is attached.
 */
import { randomBytes } from 'node:crypto';
import { FabricError, isFabricError } from '../errors.js';
import { within } from '../util/time-limit.js';
import type { Creation, Store } from './store.js';

const RACES = 4;
const CREATORS = 8;
const TIME_LIMIT_MS = 30_000;
/** Races without a result, because replies were lost, before the store is given up. */
const INCONCLUSIVE_MAX = 4;

export interface ProofOptions {
  /** Keys of the objects it makes, and removes again, begin so. */
  prefix?: string;
  timeLimitMs?: number;
}

/** Rejects with ERR, which says what the store did wrong; with OOM or NOPERM when that is what it answered. */
export async function proveExclusion(store: Store, options: ProofOptions = {}): Promise<void> {
  const { prefix = 'attach-proof', timeLimitMs = TIME_LIMIT_MS } = options;
  const late = () => refused(store, `it didn't answer within ${timeLimitMs} ms`);
  await within(raceAll(store, `${prefix}/${randomBytes(8).toString('hex')}`), timeLimitMs, late);
}

async function raceAll(store: Store, base: string): Promise<void> {
  let inconclusive = 0;
  for (let races = 0; races < RACES;) {
    if (await race(store, `${base}-${races}-${inconclusive}`)) races++;
    else if (++inconclusive > INCONCLUSIVE_MAX) throw refused(store, 'it loses the replies to its creations');
  }
}

/** False when lost replies leave it open who won. */
async function race(store: Store, key: string): Promise<boolean> {
  const bodies = Array.from({ length: CREATORS }, (_, at) => Buffer.from(`${key} ${at}`));
  const ends = await Promise.all(bodies.map((body) => creation(store, key, body)));
  const late = await creation(store, key, Buffer.from(`${key} late`));
  const found = await store.get(key);
  await store.delete(key);
  return judge(store, ends, late, found?.toString().split(' ')[1]);
}

function judge(store: Store, ends: readonly Creation[], late: Creation, winner: string | undefined): boolean {
  const winners = ends.flatMap((end, at) => (end === 'created' ? [String(at)] : []));
  const open = ends.flatMap((end, at) => (end === 'unknown' ? [String(at)] : []));
  if (winners.length > 1) {
    throw refused(store, `${winners.length} of ${ends.length} creators of one object were told that they had made it`);
  }
  if (late === 'created' && (winners.length > 0 || winner !== 'late')) {
    throw refused(store, 'it made an object that was there already');
  }
  if (winners.length === 1) {
    if (winner === winners[0]) return true;
    throw refused(
      store,
      winner === undefined ? 'what was created is not there' : 'a later creation replaced an earlier one',
    );
  }
  if (open.length === 0) throw refused(store, 'it said of an object that was not there that it exists');
  if (winner === undefined || (winner === 'late' && late !== 'exists')) return false;
  if (open.includes(winner)) return true;
  throw refused(store, 'the object there is from a creator that was told it exists');
}

async function creation(store: Store, key: string, body: Buffer): Promise<Creation> {
  try {
    return await store.create(key, body);
  } catch (error) {
    if (isFabricError(error) && error.code !== 'ERR') throw error;
    throw refused(store, `it refuses to create an object: ${(error as Error).message}`);
  }
}

function refused(store: Store, why: string): FabricError {
  return new FabricError(
    'ERR',
    `the ${store.kind} store ${store.location} does not prove that of many creators of an object one wins: ${why}. Use a store that does`,
  );
}
