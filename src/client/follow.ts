/** To a variable that the node asked doesn't have: where this process sees it, or to its bytes. */
import { FabricError } from '../errors.js';
import { attach, copy } from './attach.js';
import type { FabricArray } from './arrays.js';
import type { Attachment } from './attachment.js';
import { hasCode, NodeLostError } from './client-error.js';
import type { NodeSession } from './node-session.js';
import { placementsOf } from './replies.js';
import type { Route } from './route.js';
import type { KnownNode } from './topology.js';

/** As `attach` at `home`, which may answer REMOTE: then at a node of this host that has it, then as a replica there, then as a copy. */
export async function attachAnywhere<T extends FabricArray>(
  route: Route,
  home: NodeSession,
  name: Buffer,
  leaseMs: number | undefined,
): Promise<Attachment<T> | undefined> {
  try {
    return await attachAt<T>(home, name, leaseMs);
  } catch (error) {
    if (!hasCode(error, 'REMOTE')) throw error;
  }
  const reply = await home.link.call('FABRIC.LOCATE', name);
  if (reply === null) return undefined;
  const holders = new Set(placementsOf(reply).map(({ node }) => node));
  const { nodes } = await route.topology(({ here }) => here.some(({ node }) => holders.has(node)));
  const isHolder = ({ node }: KnownNode) => holders.has(node);
  const ways: ((known: KnownNode) => (string | number)[] | undefined)[] = [
    (known) => (known.here && isHolder(known) ? [] : undefined),
    (known) => (known.here && !isHolder(known) ? ['PULL'] : undefined),
    (known) => (!known.here && isHolder(known) ? [] : undefined),
  ];
  for (const way of ways) {
    for (const known of nodes) {
      const words = way(known);
      if (words === undefined) continue;
      const found = await attempt(async () => attachAt<T>(await route.at(known), name, leaseMs, words));
      if (found !== undefined) return found;
    }
  }
  return copy<T>(home, name);
}

/** Undefined when this way leads nowhere, so that the next is tried. */
async function attempt<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NodeLostError || hasCode(error, ...PASSING)) return undefined;
    // Of the connection that wasn't made.
    if (!(error instanceof FabricError)) return undefined;
    throw error;
  }
}

/** Moved meanwhile, gone, without room for a replica, or out of the reach of the node itself. */
const PASSING = ['REMOTE', 'NOTFOUND', 'STALE', 'OOM', 'NOCOORD', 'NOPERM', 'NOAUTH', 'FENCED'] as const;

async function attachAt<T extends FabricArray>(
  { link, pins, taker }: NodeSession,
  name: Buffer,
  leaseMs: number | undefined,
  words: readonly (string | number)[] = [],
): Promise<Attachment<T> | undefined> {
  return attach<T>(link, pins, await taker.take(['FABRIC.PTR', name, ...words], leaseMs));
}
