/** What the tests of faults share. */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { ExecutionContext } from 'ava';

/** Half of it isn't whole. */
export const TIMEOUT_MS = 5001;
/** For what comes on top of the limit on a busy machine. */
const SLACK_MS = 3000;
export const ONE = Buffer.from('one');

export const freshKey = () => `k${randomBytes(8).toString('hex')}`;

export async function inTime<T>(t: ExecutionContext, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  try {
    return await work();
  } finally {
    t.true(performance.now() - began < TIMEOUT_MS + SLACK_MS, 'within the limit');
  }
}

export async function refusal(t: ExecutionContext, work: () => Promise<unknown>, code = 'ERR'): Promise<string> {
  const thrown: Error & { code?: string } = await inTime(t, () => t.throwsAsync(work));
  t.is(thrown.code, code, thrown.message);
  return thrown.message;
}
