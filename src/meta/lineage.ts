/** How two sides' versions of one thing are related. */
import { Flag, type Header } from './record.js';
import type { Sequence } from './sequence.js';

/** `first` is the first version that isn't the same on both sides. */
export interface Divergence {
  first: number;
  what: string;
}

/** Whether the records are copies of one. A value that one side has removed is no difference. */
export function isSame(one: Header, other: Header): boolean {
  if (one.writer !== other.writer || one.timeMs !== other.timeMs || one.repository !== other.repository) return false;
  if (((one.flags | other.flags) & Flag.removed) !== 0) return true;
  return one.bytes === other.bytes && one.crc32c === other.crc32c;
}

/**
 * The first difference among the versions up to `last`, which both have; undefined when there is none. A version is made, and copied, only upon the same one before,
 * and no two attempts to write have the same id: so where a version is the same, all before it are, and halving finds the first that isn't.
 */
export async function divergence(one: Sequence, other: Sequence, last: number): Promise<Divergence | undefined> {
  if (last < 0) return undefined;
  const newest = await compare(one, other, last);
  if (newest === 'same') return undefined;
  if (newest !== 'different') return { first: last, what: newest };
  let [low, high] = [-1, last];
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await compare(one, other, middle)) === 'same') low = middle;
    else high = middle;
  }
  return { first: high, what: 'both sides have a version of their own' };
}

/** Or what keeps it from being told. */
async function compare(one: Sequence, other: Sequence, version: number): Promise<string> {
  const [mine, theirs] = await Promise.all([one.loadHeader(version), other.loadHeader(version)]);
  if (mine === undefined || theirs === undefined) return 'it is damaged on one side: META.FSCK there tells';
  return isSame(mine, theirs) ? 'same' : 'different';
}

/** The repository version that decides whether it counts, or -1. */
export function committedIn(header: Header | undefined): number {
  return header !== undefined && (header.flags & Flag.committed) !== 0 ? header.repository : -1;
}
