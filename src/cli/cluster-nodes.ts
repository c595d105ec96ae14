/** The nodes of a cluster's configuration file, as the commands on clusters mean them. */
import { FabricError } from '../errors.js';
import { loadCluster, peerOptions, type Config } from '../main.js';
import { isThisMachine } from '../util/local-address.js';
import type { Server } from './asking.js';

export interface ClusterNode {
  name: string;
  host: string;
  port: number;
  coordinates: boolean;
  config: Config;
}

/** All of a file's nodes, the coordinator first. */
export function clusterNodes(file: string): ClusterNode[] {
  const nodes = loadCluster(file).map((config): ClusterNode => {
    const { name } = config.node;
    const { coordinator, nodes: all } = config.cluster!;
    const { host, port } = all.find((node) => node.name === name)!;
    return { name, host, port, coordinates: name === coordinator, config };
  });
  return [...nodes.filter(({ coordinates }) => coordinates), ...nodes.filter(({ coordinates }) => !coordinates)];
}

/** Those of this machine. */
export async function localNodes(file: string): Promise<ClusterNode[]> {
  const nodes = clusterNodes(file);
  const local = await Promise.all(nodes.map(({ host }) => isThisMachine(host)));
  const found = nodes.filter((_, index) => local[index]);
  if (found.length > 0) return found;
  const hosts = nodes.map(({ name, host }) => `${name} ${host}`).join(', ');
  throw new FabricError('ERR', `no node of ${file} is on this machine: their hosts are ${hosts}`);
}

/** Whoever has the file may ask as the nodes do among themselves, whatever users it names. */
export function serverOfNode({ name, host, port, config }: ClusterNode): Server {
  const cluster = config.cluster!;
  const node = cluster.nodes.find((other) => other.name === name)!;
  return { shown: `node ${name} at ${host}:${port}`, options: peerOptions(node, cluster) };
}
