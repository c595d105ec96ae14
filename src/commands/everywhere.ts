/** What concerns all variables of all nodes. */
import type { Cluster } from '../cluster/cluster.js';
import type { Fabric } from '../fabric/fabric.js';
import type { Page, PageRequest } from '../fabric/listing.js';
import { canonicalName } from '../fabric/names.js';
import { slices } from '../fabric/turns.js';

/** Names asked for in one message. */
const PAGE_NAMES_MAX = 1000;

/** A page of the names of the cluster, or of a node that is alone. */
export function listEverywhere(
  cluster: Cluster | undefined,
  fabric: Fabric,
  request: PageRequest,
): Page | Promise<Page> {
  return cluster === undefined ? fabric.list(request) : listCluster(cluster, request);
}

async function listCluster(cluster: Cluster, { cursor, count, matches }: PageRequest): Promise<Page> {
  const names: Buffer[] = [];
  let at = cursor;
  for (let left = count; left > 0; left -= PAGE_NAMES_MAX) {
    const page = await cluster.coordinator.scan(at, Math.min(left, PAGE_NAMES_MAX));
    for (const name of page.names) if (matches === undefined || matches(name)) names.push(name);
    at = page.cursor;
    if (at === 0) break;
  }
  return { cursor: at, names };
}

export async function removeEverywhere(cluster: Cluster): Promise<void> {
  let cursor = 0;
  do {
    const page = await cluster.coordinator.scan(cursor, PAGE_NAMES_MAX);
    await cluster.remove(page.names);
    cursor = page.cursor;
  } while (cursor !== 0);
}

/** How many of the names are there; one named twice counts twice. */
export async function countEverywhere(cluster: Cluster, fabric: Fabric, given: readonly Buffer[]): Promise<number> {
  const names = given.map(canonicalName);
  let found = 0;
  for (const slice of slices(names, PAGE_NAMES_MAX)) {
    const there = await Promise.all(
      slice.map(async (name) => fabric.readers.find(name) !== undefined || (await cluster.find(name)).length > 0),
    );
    found += there.filter(Boolean).length;
  }
  return found;
}
