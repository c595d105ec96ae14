/** The node's figures, its catalog and its objects at one moment in which nothing changes. */
import { closeSync, openSync, readSync, readdirSync } from 'node:fs';
import { readCatalog, type CatalogCopy, type CatalogVariable } from '../campaign/catalog-file.js';
import { infoNumbers, segmentFigures, type Call, type SegmentFigures } from '../campaign/figures.js';
import type { NodeUnderTest } from './node-under-test.js';

export interface Inventory {
  segments: SegmentFigures[];
  info: ReadonlyMap<string, number>;
  catalog: CatalogCopy;
  /** Date.now() when it was complete. */
  takenMs: number;
}

const FIGURES = ['variables', 'reservations', 'limbo', 'limbo_bytes', 'removed', 'quarantined_bytes', 'pins', 'epoch'];
const ATTEMPTS_MAX = 200;

/** Nobody sends commands meanwhile; what sweeps of the server change in between makes another attempt. */
export async function takeInventory(node: NodeUnderTest, call: Call): Promise<Inventory> {
  let before = await figures(call);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const catalog = readCatalog(node.catalogPath);
    const after = await figures(call);
    if (after.key === before.key) return { ...after, catalog, takenMs: Date.now() };
    before = after;
  }
  throw new Error('the node does not come to rest');
}

async function figures(call: Call) {
  const segments = await segmentFigures(call);
  const info = await infoNumbers(call);
  return { segments, info, key: JSON.stringify([segments, FIGURES.map((name) => info.get(name))]) };
}

/** A segment's name, from its number in the catalog. */
export function sharedIdOf(node: NodeUnderTest, number: number): string {
  return `/${node.server.prefix}.${node.server.node}.s${String(number).padStart(4, '0')}`;
}

/** Bytes of a variable where the catalog says that they are. */
export function bytesOf(node: NodeUnderTest, catalog: CatalogCopy, variable: CatalogVariable): Buffer {
  const segment = catalog.segments.find(({ index }) => index === variable.segment);
  if (segment === undefined) throw new Error(`${variable.name} lies in segment ${variable.segment}, which isn't there`);
  const fd = openSync(`/dev/shm${sharedIdOf(node, segment.number)}`, 'r');
  try {
    const bytes = Buffer.alloc(variable.length);
    readSync(fd, bytes, 0, variable.length, variable.offset);
    return bytes;
  } finally {
    closeSync(fd);
  }
}

/** The node's objects in /dev/shm, with their slash. */
export function objectsOf(node: NodeUnderTest): string[] {
  const mine = `${node.server.prefix}.${node.server.node}.`;
  return readdirSync('/dev/shm')
    .filter((name) => name.startsWith(mine))
    .map((name) => `/${name}`)
    .sort();
}
