/** What nodes must have alike to be of one cluster. */
import { createHash } from 'node:crypto';
import { FabricError } from '../errors.js';
import type { ClusterConfig } from './config.js';
import { PEER_PROTOCOL, type Hello } from './peer-messages.js';

/** Of what they must have alike in their configuration. */
export function digestOf(config: ClusterConfig): string {
  const { name, coordinator, election, leaseMs, nodes, heartbeatMs, downMs, rejoinWaitMs } = config;
  const times = { leaseMs, heartbeatMs, downMs, rejoinWaitMs };
  // Under which address a node is reached may depend on from where; who answers there says who it is.
  const known = nodes.map((node) => ({ ...node, host: undefined }));
  const alike = { protocol: PEER_PROTOCOL, name, coordinator, election, nodes: known, times };
  return createHash('sha256').update(JSON.stringify(alike)).digest('hex');
}

/** Throws when the node isn't one of the coordinator's, whose configuration that is. */
export function requireKin({ cluster, protocol, digest, node }: Hello, config: ClusterConfig): void {
  if (cluster !== config.name)
    throw new FabricError(
      'ERR',
      `this is the coordinator of cluster ${config.name}, not of ${cluster}: see cluster.name`,
    );
  if (protocol !== PEER_PROTOCOL)
    throw new FabricError(
      'ERR',
      `node ${node} speaks version ${protocol} of the nodes' protocol, this coordinator version ${PEER_PROTOCOL}: upgrade the older`,
    );
  requireNode(node, config);
  if (digest !== digestOf(config))
    throw new FabricError(
      'ERR',
      `node ${node} and the coordinator have other [[nodes]] or another [cluster]: they must be the same on all nodes`,
    );
}

export function requireNode(node: string, { nodes }: ClusterConfig): void {
  if (nodes.some(({ name }) => name === node)) return;
  throw new FabricError('NOTFOUND', `the coordinator's configuration has no node ${node} among its [[nodes]]`);
}
