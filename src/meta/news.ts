/** Which versions of a key have come since one looked last. */
import type { Documents } from './documents.js';
import { Flag, type Header } from './record.js';

export interface News {
  /** Those that count, in order, as far as they are decided. */
  versions: number[];
  /** The last that is known to be news or none; -1 when there is none. */
  seen: number;
  /** There are more. */
  more: boolean;
}

/** At a time. */
const NEWS_MAX = 256;

/** The news since `after`; without it, none, and where news begin from now on. */
export async function newsOf(documents: Documents, key: string, after: number | undefined): Promise<News> {
  const sequence = documents.sequence(key);
  const newest = await sequence.newest();
  const last = newest?.version ?? -1;
  const isOpen = async (header: Header | undefined) => (await documents.decide(asWritten(header))) === 'open';
  // Only the newest can be open: writers wait until what they write upon is decided.
  if (after === undefined) return { versions: [], seen: (await isOpen(newest?.header)) ? last - 1 : last, more: false };
  const news: News = { versions: [], seen: after, more: false };
  for (let version = after + 1; version <= last; version++) {
    if (news.versions.length === NEWS_MAX) return { ...news, more: true };
    const header = version === last ? newest!.header : await sequence.loadHeader(version);
    const decision = await documents.decide(asWritten(header));
    if (decision === 'open') break;
    if (decision === 'counts') news.versions.push(version);
    news.seen = version;
  }
  return news;
}

/** A version was news even if its value is removed by now. */
function asWritten(header: Header | undefined): Header | undefined {
  if (header === undefined || (header.flags & Flag.removed) === 0) return header;
  return { ...header, flags: header.flags & ~Flag.removed };
}
