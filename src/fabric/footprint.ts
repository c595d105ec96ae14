/** What a variable takes in shared memory. */
import { DESCRIPTOR_BYTES, PAGE_BYTES } from '../layout.js';
import type { Description } from '../native.js';

const UNIT_BYTES = 64;
/** Extents from here on take whole pages. */
const PAGED_BYTES_MIN = 2 * 1024 * 1024;

/** Its extent, its descriptor and its strings. */
export function footprintOf({ length, name, type, documentation }: Description): number {
  const unit = length < PAGED_BYTES_MIN ? UNIT_BYTES : PAGE_BYTES;
  const extentBytes = Math.max(1, Math.ceil(length / unit)) * unit;
  return extentBytes + DESCRIPTOR_BYTES + name.length + Buffer.byteLength(type) + Buffer.byteLength(documentation);
}
