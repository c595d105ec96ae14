/**
 * The newest of versions that follow one upon the other, by asking whether some are there. Those that are asked for together cost little more than one:
 * steps are what takes time, and there are few of them, however many versions there are.
 */
import { VERSION_MAX } from './version.js';

/** Asked for at a time while the newest is being closed in on. */
const ASKED_AT_ONCE = 16;

/** What is known: `low` is there (none if -1), and `high` isn't. */
interface Bounds {
  low: number;
  high: number;
}

/** The newest at some moment between call and answer, when that version is `known` to be there, or none is. Undefined when there is none. */
export async function newestVersion(
  known: number | undefined,
  there: (version: number) => Promise<boolean>,
): Promise<number | undefined> {
  let bounds: Bounds = { low: known ?? -1, high: VERSION_MAX + 1 };
  let distances = known === undefined ? ALL_DISTANCES : NEAR_DISTANCES;
  while (bounds.low + 1 < bounds.high) {
    const { low, high } = bounds;
    const versions = high > VERSION_MAX ? distances.map((distance) => low + distance) : between(bounds);
    bounds = await ask(versions, bounds, there);
    distances = ALL_DISTANCES;
  }
  return bounds.low < 0 ? undefined : bounds.low;
}

/** Powers of two: nothing is known. */
const ALL_DISTANCES = Array.from({ length: 33 }, (_, power) => 2 ** power);
/** Others have been writing, most likely not much. */
const NEAR_DISTANCES = ALL_DISTANCES.slice(0, 3);

function between({ low, high }: Bounds): number[] {
  const step = Math.max(1, (high - low) / (ASKED_AT_ONCE + 1));
  const versions = new Set<number>();
  for (let at = low + step; at < high; at += step) versions.add(Math.floor(at));
  return [...versions];
}

/** Versions may be made while they are asked for, so one behind a missing one may be found: then there are all up to that. */
async function ask(
  versions: readonly number[],
  { low, high }: Bounds,
  there: (version: number) => Promise<boolean>,
): Promise<Bounds> {
  const asked = versions.filter((version) => version > low && version < high);
  const found = await Promise.all(asked.map(there));
  const newLow = asked.reduce((best, version, index) => (found[index] ? Math.max(best, version) : best), low);
  const missing = asked.filter((version, index) => !found[index] && version > newLow);
  return { low: newLow, high: Math.min(high, ...missing) };
}
