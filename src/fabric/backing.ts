/** Whether a payload's memory is still there: a same-user process may have truncated the segment. */
import type { Entry } from '../native.js';
import type { Core } from './core.js';

/** Throws ERR when the payload's last byte before `end` can't be read. What is truncated lacks its end, so one byte tells. */
export function requireBacked(core: Core, entry: Entry, end: number): void {
  if (end > 0) core.store.read(entry, end - 1, 1);
}
