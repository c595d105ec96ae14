import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Keyed anew in each process, so that digests tell an observer nothing about the secrets. */
const key = randomBytes(32);

const digest = (bytes: Buffer | string) => createHmac('sha256', key).update(bytes).digest();

/** Compares in a time that depends on neither the place of the first difference nor, beyond hashing, the lengths. */
export function secretsEqual(given: Buffer | string, expected: Buffer | string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}
