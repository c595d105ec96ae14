/** `[cluster]` and `[[nodes]]`: which nodes are one fabric, and how they find and trust each other. */
import { z } from 'zod';
import { checkEtcd, etcdFields, type RawEtcd } from './config-etcd.js';
import {
  duration,
  integer,
  integers,
  number,
  optionalText,
  required,
  secret,
  size,
  text,
  type Field,
} from './config-field.js';
import { checkPemFiles } from './config-tls.js';
import type { ClusterNodeConfig } from './config.js';

const DAY_MS = 86_400_000;
const NAME = /^[a-z0-9-]{1,32}$/;
const NAMES = '1 to 32 of a-z, 0-9 and "-"';
const HOST = /^[A-Za-z0-9.:_-]{1,255}$/;

export const clusterFields = {
  name: text('fabric', NAME, NAMES),
  password: secret(optionalText(/^[^\0]{1,512}$/, 'a string of 1 to 512 characters, the same on all nodes')),
  coordinator: optionalText(NAME, 'the name of one of [[nodes]]'),
  tls_ca: optionalText(/^[^\0]+$/, 'the path of a PEM file'),
  heartbeat_ms: duration('500ms', 10, DAY_MS),
  down_ms: duration('3s', 50, DAY_MS),
  rejoin_wait_ms: duration('10s', 0, DAY_MS),
  replace_ms: duration('10min', 0, 30 * DAY_MS),
  upkeep_bytes_per_second: size('128 MiB', 1024),
  ...etcdFields,
} as const;

export const nodeFields = {
  name: required(z.string().regex(NAME), `${NAMES}; each node has one`),
  host: text('127.0.0.1', HOST, 'the address under which the other nodes and clients reach it'),
  port: integer(6379, 1, 65_535),
  tls_port: integer(0, 0, 65_535),
  zone: text('default', NAME, NAMES),
  weight: number(1, 0, 1_000_000),
  segments_mib: integers([256], 2, 255 * 1024, 'segment sizes in MiB'),
} as const;

export const nodeSections: Readonly<Record<string, Field>> = nodeFields;

const shape = Object.fromEntries(Object.entries(nodeFields).map(([key, { schema }]) => [key, schema])) as {
  [K in keyof typeof nodeFields]: (typeof nodeFields)[K]['schema'];
};

export const nodesSchema = z
  .array(
    z.strictObject(shape).transform(({ segments_mib, tls_port, ...rest }): ClusterNodeConfig => ({
      ...rest,
      tlsPort: tls_port === 0 ? undefined : tls_port,
      segmentsMib: segments_mib,
    })),
  )
  .default([]);

interface RawCluster {
  node: { name: string };
  tls: { hosts: readonly string[] };
  cluster: RawEtcd & { password: string | undefined; coordinator: string | undefined; tls_ca: string | undefined };
  nodes: readonly ClusterNodeConfig[];
}

/** What no single key of the two sections can tell. */
export function checkCluster(
  { node, tls, cluster, nodes }: RawCluster,
  absolute: (path: string) => string,
  add: (path: readonly PropertyKey[], text: string) => void,
): void {
  if (nodes.length === 0) return;
  const names = nodes.map(({ name }) => name);
  const known = `[[nodes]] has ${names.join(', ')}`;
  if (!names.includes(node.name))
    add(['node', 'name'], `${node.name} is none of this cluster: ${known}; choose with --node`);
  if (cluster.coordinator !== undefined && !names.includes(cluster.coordinator))
    add(['cluster', 'coordinator'], `there is no node ${cluster.coordinator}: ${known}`);
  if (cluster.password === undefined)
    add(
      ['cluster', 'password'],
      'the nodes of a cluster need one to know each other by: set it, the same on all nodes',
    );
  if (cluster.tls_ca !== undefined) checkPeerTls(tls, cluster.tls_ca, nodes, absolute, add);
  checkEtcd(cluster, absolute, (key, text) => add(['cluster', key], text));
  nodes.forEach(({ name, host, port }, index) => {
    if (names.indexOf(name) < index) add(['nodes', index, 'name'], `there is another node ${name}`);
    if (nodes.findIndex((other) => other.host === host && other.port === port) < index)
      add(['nodes', index, 'port'], `another node has ${host}:${port}`);
  });
}

function checkPeerTls(
  tls: RawCluster['tls'],
  ca: string,
  nodes: readonly ClusterNodeConfig[],
  absolute: (path: string) => string,
  add: (path: readonly PropertyKey[], text: string) => void,
): void {
  checkPemFiles({ cert: undefined, key: undefined, ca }, absolute, (_, text) => add(['cluster', 'tls_ca'], text));
  if (tls.hosts.length === 0)
    add(['cluster', 'tls_ca'], 'nodes that speak TLS with each other have to listen for it: set tls.hosts');
  nodes.forEach(({ name, tlsPort }, index) => {
    if (tlsPort === undefined) add(['nodes', index, 'name'], `${name} needs a tls_port, as cluster.tls_ca is set`);
  });
}
