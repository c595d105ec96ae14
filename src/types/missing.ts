/**
 * DyND's NA: the value of `T` by which `?T` says that there is none. It stands inline, so `?T` is laid out as `T`.
 *
 * As DyND reads them, any NaN is NA in `?float32` and `?float64`, any byte above 1 in `?bool`.
 */
import type { ScalarName } from './scalars.js';

const INT64_MIN = -(2n ** 63n);
/** Bit patterns: a NaN carries a payload, and a JavaScript number may lose it. */
export const FLOAT16_NA_BITS = 0x7e0a;
export const FLOAT32_NA_BITS = 0x7f8007a2;
export const FLOAT64_NA_BITS = 0x7ff00000000007a2n;

/** The little-endian bytes of NA, as an unsigned integer of `bits`; a complex NA is this twice. */
export interface Missing {
  bits: 8 | 16 | 32 | 64;
  pattern: bigint;
}

const missing = (bits: Missing['bits'], value: bigint | number): Missing =>
  Object.freeze({ bits, pattern: BigInt.asUintN(bits, BigInt(value)) });

const FLOAT32 = missing(32, FLOAT32_NA_BITS);
const FLOAT64 = missing(64, FLOAT64_NA_BITS);
const TICKS = missing(64, INT64_MIN);

export const MISSING: Readonly<Partial<Record<ScalarName, Missing>>> = {
  bool: missing(8, 2),
  int8: missing(8, -(2 ** 7)),
  int16: missing(16, -(2 ** 15)),
  int32: missing(32, -(2 ** 31)),
  int64: missing(64, INT64_MIN),
  uint8: missing(8, 2 ** 8 - 1),
  uint16: missing(16, 2 ** 16 - 1),
  uint32: missing(32, 2 ** 32 - 1),
  uint64: missing(64, 2n ** 64n - 1n),
  float16: missing(16, FLOAT16_NA_BITS),
  float32: FLOAT32,
  float64: FLOAT64,
  'complex[float32]': FLOAT32,
  'complex[float64]': FLOAT64,
  date: missing(32, -(2 ** 31)),
  time: TICKS,
  "time[tz='UTC']": TICKS,
  datetime: TICKS,
  "datetime[tz='UTC']": TICKS,
};

/** NA of a scalar as the bytes that stand in memory; undefined where DyND has none (`char`). */
export function missingBytes(name: ScalarName): Uint8Array | undefined {
  const na = MISSING[name];
  if (na === undefined) return undefined;
  const width = na.bits / 8;
  const copies = name.startsWith('complex') ? 2 : 1;
  return Uint8Array.from({ length: width * copies }, (_, index) =>
    Number((na.pattern >> BigInt(8 * (index % width))) & 0xffn),
  );
}
