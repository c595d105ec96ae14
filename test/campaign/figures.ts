/** What a node says about its memory. */
import { fieldsOf, numberIn, textIn } from './records.js';

export interface SegmentFigures {
  sharedId: string;
  bytes: number;
  usedBytes: number;
  freeBytes: number;
  limboBytes: number;
  quarantinedBytes: number;
  pinnedBytes: number;
  variables: number;
}

/** Sends a command and returns its reply, bulks as Buffers. */
export type Call = (command: string, ...args: (string | number | Buffer)[]) => Promise<unknown>;

/** Of all segments, or of those of a node. */
export async function segmentFigures(call: Call, node?: string): Promise<SegmentFigures[]> {
  const segments = (await call('FABRIC.SEGMENTS', ...(node === undefined ? [] : [node]))) as unknown[];
  return segments.map((reply) => {
    const fields = fieldsOf(reply);
    return {
      sharedId: textIn(fields, 'shared_id'),
      bytes: numberIn(fields, 'bytes'),
      usedBytes: numberIn(fields, 'used_bytes'),
      freeBytes: numberIn(fields, 'free_bytes'),
      limboBytes: numberIn(fields, 'limbo_bytes'),
      quarantinedBytes: numberIn(fields, 'quarantined_bytes'),
      pinnedBytes: numberIn(fields, 'pinned_bytes'),
      variables: numberIn(fields, 'variables'),
    };
  });
}

export const total = (segments: readonly SegmentFigures[], figure: Exclude<keyof SegmentFigures, 'sharedId'>): number =>
  segments.reduce((sum, segment) => sum + segment[figure], 0);

/** The numbers of INFO's sections about the fabric, by name. */
export async function infoNumbers(call: Call): Promise<ReadonlyMap<string, number>> {
  const text = String(await call('INFO', 'everything'));
  const pairs = text.split('\r\n').flatMap((line): [string, number][] => {
    const colon = line.indexOf(':');
    const value = Number(line.slice(colon + 1));
    return colon > 0 && Number.isFinite(value) ? [[line.slice(0, colon), value]] : [];
  });
  return new Map(pairs);
}

const UNIT_BYTES = 64;
const PAGE_BYTES = 4096;
/** From here on extents consist of whole pages. */
const LARGE_BYTES = 2 << 20;

const roundUp = (bytes: number, grain: number) => Math.ceil(bytes / grain) * grain;

/** Bytes that a payload takes from a segment. */
export function extentBytes(length: number): number {
  const bytes = Math.max(UNIT_BYTES, roundUp(length, UNIT_BYTES));
  return bytes < LARGE_BYTES ? bytes : roundUp(bytes, PAGE_BYTES);
}
