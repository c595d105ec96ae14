/**
 * The fixed-width scalars: how DyND names them, how many bytes they take, and what NumPy calls them.
 *
 * Bytes are little-endian; alignment is that of the x86-64 and AArch64 C ABIs.
 */
export interface Scalar {
  bytes: number;
  align: number;
  /** NumPy's `dtype.str`. */
  typestr: string;
}

const scalar = (typestr: string, bytes: number, align = bytes): Scalar => Object.freeze({ bytes, align, typestr });

/** By canonical name. A complex number is two floats; date and times count from 1970-01-01. */
export const SCALARS = {
  bool: scalar('|b1', 1),
  int8: scalar('|i1', 1),
  int16: scalar('<i2', 2),
  int32: scalar('<i4', 4),
  int64: scalar('<i8', 8),
  uint8: scalar('|u1', 1),
  uint16: scalar('<u2', 2),
  uint32: scalar('<u4', 4),
  uint64: scalar('<u8', 8),
  float16: scalar('<f2', 2),
  float32: scalar('<f4', 4),
  float64: scalar('<f8', 8),
  'complex[float32]': scalar('<c8', 8, 4),
  'complex[float64]': scalar('<c16', 16, 8),
  /** Days; NumPy's own days are 64 bits wide, so this stays an integer there. */
  date: scalar('<i4', 4),
  /** Ticks of 100 ns since midnight. */
  time: scalar('<m8[100ns]', 8),
  "time[tz='UTC']": scalar('<m8[100ns]', 8),
  /** Ticks of 100 ns. */
  datetime: scalar('<M8[100ns]', 8),
  "datetime[tz='UTC']": scalar('<M8[100ns]', 8),
  /** One code point, UTF-32. */
  char: scalar('<U1', 4),
} as const;

export type ScalarName = keyof typeof SCALARS;

/** Other names of the same scalars, on a 64-bit machine. */
export const ALIASES: Readonly<Record<string, ScalarName>> = {
  int: 'int32',
  intptr: 'int64',
  uintptr: 'uint64',
  size: 'uint64',
  real: 'float64',
  complex: 'complex[float64]',
  complex64: 'complex[float32]',
  complex128: 'complex[float64]',
};

/** Names DyND knows and this fabric refuses, each with what to use instead. */
export const REFUSED: Readonly<Record<string, string>> = {
  int128: 'NumPy has no 128-bit integers: use fixed_bytes[16, align=16] or (uint64, uint64)',
  uint128: 'NumPy has no 128-bit integers: use fixed_bytes[16, align=16] or (uint64, uint64)',
  float128: 'NumPy has no IEEE quadruple precision: use float64 or fixed_bytes[16, align=16]',
  complex32: 'the name is ambiguous: use complex[float32] or complex[float64]',
  void: 'it has no bytes',
  pointer: 'an address means nothing in another process',
  categorical: 'use an integer and keep the categories beside it',
  type: 'a variable holds data, not types',
};

/** The scalar of a name or alias; own properties only, so that `constructor` is no type. */
export function scalarNamed(name: string): ScalarName | undefined {
  if (Object.hasOwn(SCALARS, name)) return name as ScalarName;
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}
