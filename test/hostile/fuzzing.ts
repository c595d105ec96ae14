/** How long properties are tried: a moment among the tests, longer when `npm run test:fuzz` says so. */
import fc from 'fast-check';
import type { ExecutionContext } from 'ava';

const MINUTE_MS = 60_000;
const longMs = Number(process.env.FUZZ_MINUTES ?? 0) * MINUTE_MS;
const seed = process.env.FUZZ_SEED;

/** `share` of a long run is for this property. fast-check prints seed and path of what fails. */
export function trials<T>(t: ExecutionContext, shortRuns: number, share: number): fc.Parameters<T> {
  const always = { includeErrorInReport: true, ...(seed === undefined ? {} : { seed: Number(seed) }) };
  if (longMs === 0) return { ...always, numRuns: shortRuns };
  t.timeout(longMs + 10 * MINUTE_MS);
  return { ...always, numRuns: 2 ** 31 - 1, plugins: [fc.interruptAfterTimeLimit(longMs * share) as fc.Plugin<T>] };
}
