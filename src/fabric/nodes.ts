import { FabricError } from '../errors.js';
import { printable } from './names.js';

/** Refuses every node but this one: a cluster of one has no other. */
export function requireOwnNode(own: string, asked: Buffer): void {
  if (asked.toString('latin1') === own) return;
  throw new FabricError(
    'NOTFOUND',
    `no node ${printable(asked)} in this cluster: its only node is '${own}' (FABRIC.NODES lists the nodes)`,
  );
}
