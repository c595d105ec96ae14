/**
 * The fast path of the framer: finds the run of whole small requests at the start of a chunk. Whatever is unusual (a split or large
 * bulk, an inline command, a wrong digit) ends the run and is left to the framer's slow path, which also words the errors.
 */
import type { RespLimits } from './limits.js';

const STAR = 0x2a;
const DOLLAR = 0x24;
const CARRIAGE_RETURN = 0x0d;
const ZERO = 0x30;
const NINE = 0x39;
/** Digits beyond this are left to the slow path: within it, no arithmetic can lose precision. */
const DIGITS_MAX = 9;
/** Bounds the decoded requests that wait on the heap. */
const RUN_REQUESTS_MAX = 256;

/** Where the run of frames that starts at `start` ends; `start` itself when there is none. */
export function scanFrames(chunk: Buffer, start: number, limits: RespLimits): number {
  let end = start;
  for (let requests = 0; requests < RUN_REQUESTS_MAX; requests++) {
    const next = scanFrame(chunk, end, limits);
    if (next < 0) break;
    end = next;
  }
  return end;
}

/** The end of the frame at `start`, or -1. */
function scanFrame(chunk: Buffer, start: number, limits: RespLimits): number {
  const size = chunk.length;
  if (start >= size || chunk[start] !== STAR) return -1;
  let at = start + 1;
  let count = 0;
  for (; at < size; at++) {
    const digit = chunk[at]!;
    if (digit < ZERO || digit > NINE || (digit === ZERO && count === 0)) break;
    count = count * 10 + digit - ZERO;
  }
  if (count === 0 || count > limits.argumentsMax || at - start > DIGITS_MAX || chunk[at] !== CARRIAGE_RETURN) return -1;
  at += 2;
  for (let index = 0; index < count; index++) {
    at = scanBulk(chunk, at, size, limits.askBytes);
    if (at < 0) return -1;
  }
  return at;
}

/** The end of the bulk at `start`, its line end included, or -1. */
function scanBulk(chunk: Buffer, start: number, size: number, lengthMax: number): number {
  if (start >= size || chunk[start] !== DOLLAR) return -1;
  const first = start + 1;
  let at = first;
  let length = 0;
  for (; at < size; at++) {
    const digit = chunk[at]!;
    if (digit < ZERO || digit > NINE) break;
    length = length * 10 + digit - ZERO;
  }
  const digits = at - first;
  if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && chunk[first] === ZERO) || length > lengthMax) return -1;
  if (at >= size || chunk[at] !== CARRIAGE_RETURN) return -1;
  const end = at + 2 + length + 2;
  return end > size ? -1 : end;
}
