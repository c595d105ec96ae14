const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** Digits of the largest length any limit allows; longer numbers are refused unread. */
const DIGITS_MAX = 15;

/** The number in `line` from `start` to its end: canonical decimal only, no `+`, no leading zeros, no `-0`. */
export function parseLength(line: Buffer, start: number): number | undefined {
  const negative = line[start] === MINUS;
  const first = negative ? start + 1 : start;
  const digits = line.length - first;
  if (digits < 1 || digits > DIGITS_MAX) return undefined;
  if (line[first] === ZERO) return digits === 1 && !negative ? 0 : undefined;
  let value = 0;
  for (let at = first; at < line.length; at++) {
    const byte = line[at]!;
    if (byte < ZERO || byte > NINE) return undefined;
    value = value * 10 + byte - ZERO;
  }
  return negative ? -value : value;
}
