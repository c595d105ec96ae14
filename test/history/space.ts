/** Whether a node's free bytes are what is left of its segments when everything stored is counted. */
import { extentBytes, segmentFigures, total, type Call } from '../campaign/figures.js';
import { Refused } from '../campaign/link.js';
import { fieldsOf, numberIn, textIn } from '../campaign/records.js';
import type { Violation } from './violation.js';

export interface NodeSpace {
  node: string;
  /** Of all its segments. */
  bytes: number;
  freeBytes: number;
  /** Extents of what isn't there any more, or not yet. */
  quarantinedBytes: number;
  limboBytes: number;
  /** What has an extent of it: variables by name, and the bytes of their payloads. */
  stored: readonly { name: string; length: number }[];
}

/** Figures of a node, as it tells them of itself or another of it. */
export async function spaceOf(node: string, call: Call, stored: NodeSpace['stored']): Promise<NodeSpace> {
  const segments = await segmentFigures(call, node);
  return {
    node,
    bytes: total(segments, 'bytes'),
    freeBytes: total(segments, 'freeBytes'),
    quarantinedBytes: total(segments, 'quarantinedBytes'),
    limboBytes: total(segments, 'limboBytes'),
    stored,
  };
}

/** All that a node lists, with the nodes that hold it. Nobody may write meanwhile. */
export async function placementsOf(call: Call): Promise<{ name: string; length: number; nodes: string[] }[]> {
  const found = [];
  let cursor = '0';
  do {
    const [next, page] = (await call('FABRIC.LIST', 'CURSOR', cursor)) as [number | Buffer, Buffer[]];
    cursor = String(next);
    for (const name of page) {
      const reply = await call('FABRIC.INFO', name);
      if (reply === null) throw new Refused(`NOTFOUND ${String(name)} is listed and isn't there`);
      const fields = fieldsOf(reply);
      const placements = fields.get('placements') as unknown[][];
      const nodes = placements.map(([node]) => String(node));
      found.push({ name: textIn(fields, 'name'), length: numberIn(fields, 'length'), nodes });
    }
  } while (cursor !== '0');
  return found;
}

/** Both when all is quiet. Segments that came or went between are told of in `allocatedBytes`. */
export function checkSpace(before: readonly NodeSpace[], after: readonly NodeSpace[], allocatedBytes = 0): Violation[] {
  const broken = [...before, ...after].flatMap((space) => sum(space));
  const bytesOf = (spaces: readonly NodeSpace[]) => spaces.reduce((all, { bytes }) => all + bytes, 0);
  const [had, has] = [bytesOf(before), bytesOf(after)];
  if (has !== had + allocatedBytes) {
    broken.push(`the nodes had ${had} bytes of segments and have ${has}, but ${allocatedBytes} were allocated between`);
  }
  return broken.map((sentence) => ({ rule: 'space', sentence, operations: [] }));
}

function sum({ node, bytes, freeBytes, quarantinedBytes, limboBytes, stored }: NodeSpace): string[] {
  const storedBytes = stored.reduce((all, { length }) => all + extentBytes(length), 0);
  const missing = bytes - freeBytes - storedBytes - quarantinedBytes - limboBytes;
  if (missing === 0) return [];
  const terms = `${freeBytes} free, ${storedBytes} of ${stored.length} variables, ${quarantinedBytes} in quarantine, ${limboBytes} in limbo`;
  return [`of ${node}'s ${bytes} bytes ${Math.abs(missing)} are ${missing > 0 ? 'lost' : 'counted twice'}: ${terms}`];
}
