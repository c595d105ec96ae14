/**
 * Weighted straws, as in CRUSH's straw2: everyone draws one whose length depends only on himself, his weight and the name, and
 * the longest wins. So a change of one weight moves only what goes to or comes from him.
 *
 * A straw is ln(u) / weight of a random u, which must be the same on every machine and in every language. Math.log isn't, so the
 * logarithm is made of whole numbers that doubles hold exactly; the one rounding is that of the division, which IEEE 754 fixes.
 * Lengths are kept positive, as −log2(u): the shortest wins.
 */
import { hash } from 'node:crypto';

const INDEX_BITS = 11;
const REST_BITS = 31 - INDEX_BITS;
const STEPS = 1 << INDEX_BITS;
const REST_SIZE = 1 << REST_BITS;
/** Of log2 in the table. */
const FRACTION_BITS = 27;
const FRACTION_SIZE = 2 ** FRACTION_BITS;
/** Lengths are in units of 2^−47; all are whole and below 2^52. */
export const UNITS = FRACTION_SIZE * REST_SIZE;

/** Binary digits of log2(x) for 1 ≤ x < 2, one squaring each. */
function fractionOfLog2(x: number): number {
  let square = x;
  let digits = 0;
  for (let i = 0; i < FRACTION_BITS; i++) {
    square *= square;
    digits *= 2;
    if (square < 2) continue;
    square /= 2;
    digits += 1;
  }
  return digits;
}

/** log2(1 + i / 2048) in units of 2^−27. */
const LOG2 = Float64Array.from({ length: STEPS + 1 }, (_, i) =>
  i === STEPS ? FRACTION_SIZE : fractionOfLog2(1 + i / STEPS),
);

/** −log2(draw / 2^32) for a whole draw from 1 to 2^32 − 1, in `UNITS`; linear between the entries of the table. */
export function negativeLog2(draw: number): number {
  const zeros = Math.clz32(draw);
  const mantissa = draw << zeros;
  const index = (mantissa >>> REST_BITS) & (STEPS - 1);
  const rest = mantissa & (REST_SIZE - 1);
  const below = LOG2[index]!;
  return ((zeros + 1) * FRACTION_SIZE - below) * REST_SIZE - (LOG2[index + 1]! - below) * rest;
}

/** 64 random bits that stand for a name or for somebody who draws, as two whole numbers of 32 bits with sign. */
export interface Identity {
  readonly high: number;
  readonly low: number;
}

/** The first eight bytes of SHA-256. */
export function identityOf(bytes: Uint8Array | string): Identity {
  const digest = hash('sha256', bytes, 'buffer');
  return { high: digest.readInt32BE(0), low: digest.readInt32BE(4) };
}

/** What somebody draws for a name, of the exclusive or of their identities: a whole number from 1 to 2^32 − 1. */
export function drawOf(high: number, low: number): number {
  let x = Math.imul(high ^ (high >>> 16), 0x85ebca6b);
  const y = Math.imul(low ^ (low >>> 15), 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 13) ^ y ^ (y >>> 16), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  x ^= x >>> 15;
  return x >>> 0 || 1;
}
