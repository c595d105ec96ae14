/** From a file (and what the command line and the environment add to it) to a complete configuration. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { checkConfig } from './config-check.js';
import { parseConfigDocument, type ConfigDocument, type Mark } from './config-document.js';
import { ConfigError } from './config-problem.js';
import { completeStore, overlap } from './config-stores.js';
import type { RawConfig } from './config-schema.js';
import type { ClusterConfig, Config } from './config.js';

/** A value from elsewhere than the file; it wins. */
export interface Override {
  path: readonly [section: string, key: string];
  value: unknown;
  /** What to name in an error: `--port`. */
  origin: string;
}

export interface LoadOptions {
  overrides?: readonly Override[];
  environment?: Readonly<NodeJS.ProcessEnv>;
  /** Why a rule of a user's `commands` means nothing; undefined when it means something. */
  refuseRule?: (rule: string) => string | undefined;
}

export function loadConfig(file: string, options: LoadOptions = {}): Config {
  const path = resolve(file);
  return configFrom(readText(path, file), { ...options, path, shownPath: file });
}

/** Of `[[nodes]]`, before anything is checked: which configurations a file has. */
export function nodeNames(file: string): string[] {
  const { nodes } = parseConfigDocument(readText(resolve(file), file), file).values;
  const names = Array.isArray(nodes) ? nodes.map((node: unknown) => (node as { name?: unknown } | null)?.name) : [];
  return names.filter((name) => typeof name === 'string');
}

interface TextOptions extends LoadOptions {
  path: string;
  /** As the user wrote it; for errors. */
  shownPath: string;
}

function configFrom(source: string, options: TextOptions): Config {
  const environment = options.environment ?? process.env;
  const document = parseConfigDocument(source, options.shownPath);
  const overridden = override(document, [...(options.overrides ?? []), ...fromEnvironment(environment)]);
  const raw = checkConfig(overridden, {
    absolute: (location) => absoluteFrom(options.path, location),
    refuseRule: options.refuseRule ?? (() => undefined),
  });
  const config = complete(raw, options.path, environment);
  refuseOverlap(config, overridden);
  return config;
}

/** The data's objects would be among the documents, or the other way round: clearing up one would take the other's. */
function refuseOverlap({ meta, data }: Config, document: ConfigDocument): void {
  if (!overlap(meta, data)) return;
  const { value: where, offset } = document.mark(['data']);
  const key = data.store === 's3' ? 'prefix' : 'path';
  const text = `data.${key}: the stores of [meta] and [data] lie within each other. Give each a ${key} of its own`;
  throw new ConfigError([{ where, text, offset }]);
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? "it doesn't exist" : code === 'EISDIR' ? 'it is a directory' : (code ?? String(error));
    throw new ConfigError([{ where: shown, text: `cannot read this configuration file: ${why}`, offset: 0 }]);
  }
}

/** What the environment can keep out of the file. */
const SECRETS: readonly Omit<Override, 'value'>[] = [
  { path: ['security', 'password'], origin: 'DATAFABRIC_PASSWORD' },
  { path: ['cluster', 'etcd_password'], origin: 'DATAFABRIC_ETCD_PASSWORD' },
];

function fromEnvironment(environment: Readonly<NodeJS.ProcessEnv>): Override[] {
  return SECRETS.flatMap(({ path, origin }) => {
    const value = environment[origin];
    return value === undefined || value === '' ? [] : [{ path, value, origin }];
  });
}

function override(document: ConfigDocument, overrides: readonly Override[]): ConfigDocument {
  const values: Record<string, unknown> = { ...document.values };
  const marks = new Map<string, Mark>();
  for (const { path, value, origin } of overrides) {
    const [section, key] = path;
    const before = values[section] ?? {};
    // A section that isn't a table is left as it is, for the check to refuse.
    if (typeof before !== 'object' || Array.isArray(before)) continue;
    values[section] = { ...before, [key]: value };
    marks.set(path.join('.'), { key: origin, value: origin, found: JSON.stringify(value), offset: -1 });
  }
  return { values, mark: (path) => marks.get(path.slice(0, 2).map(String).join('.')) ?? document.mark(path) };
}

function complete(raw: RawConfig, path: string, environment: Readonly<NodeJS.ProcessEnv>): Config {
  const { node, listen, tls, security, users, limits, times, meta, data, log, slowlog, latency } = raw;
  const cluster = clusterOf(raw, path);
  const self = cluster?.nodes.find(({ name }) => name === node.name);
  const absolute = (location: string): string => absoluteFrom(path, location);
  const optional = (location: string | undefined): string | undefined =>
    location === undefined ? undefined : absolute(location);
  // The same file may lie before several nodes of one machine.
  const given = (stateDir: string): string => (cluster === undefined ? stateDir : join(stateDir, node.name));
  const stateDir =
    node.state_dir === undefined ? defaultStateDir(node.name, environment) : absolute(given(node.state_dir));
  return {
    path,
    node: {
      name: node.name,
      stateDir,
      shmPrefix: node.shm_prefix,
      shmMode: node.shm_mode,
      shmGroup: node.shm_group,
      segmentsMib: self?.segmentsMib ?? node.segments_mib,
    },
    listen: {
      hosts: listen.hosts,
      port: self?.port ?? listen.port,
      unixPath: optional(listen.unix_socket),
      unixMode: listen.unix_mode,
    },
    tls: {
      hosts: tls.hosts,
      port: self?.tlsPort ?? tls.port,
      cert: optional(tls.cert),
      key: optional(tls.key),
      ca: optional(tls.ca),
      clientCertificates: tls.client_certificates,
      minVersion: tls.min_version,
    },
    security: {
      password: security.password,
      sourceRoots: security.source_roots.map(absolute),
      shmSourcePrefixes: security.shm_source_prefixes,
    },
    users,
    limits: {
      clientsMax: limits.clients_max,
      bulkBytesMax: limits.bulk_bytes_max,
      reservedBytesMax: limits.reserved_bytes_max,
      inputBytesMax: limits.input_bytes_max,
      outputBufferBytesMax: limits.output_buffer_bytes_max,
      pushedBytesMax: limits.pushed_bytes_max,
      pushedSoftBytes: limits.pushed_soft_bytes,
      pushedSoftMs: limits.pushed_soft_ms,
      subscriptionsMax: limits.subscriptions_max,
      transactionBytesMax: limits.transaction_bytes_max,
      watchedNamesMax: limits.watched_names_max,
      documentationBytesMax: limits.documentation_bytes_max,
      variablesMax: limits.variables_max,
      pinsMax: limits.pins_max,
      stringBytesMax: limits.string_bytes_max,
      segmentsMax: limits.segments_max,
      slotsMax: limits.slots_max,
      halfSentMs: limits.half_sent_ms,
      idleMs: limits.idle_ms,
      waitMsMax: limits.wait_ms_max,
      leaseMsMax: limits.lease_ms_max,
    },
    times: {
      quarantineMs: times.quarantine_ms,
      pinLingerMs: times.pin_linger_ms,
      reserveLingerMs: times.reserve_linger_ms,
      restartGraceMs: times.restart_grace_ms,
      drainMs: times.drain_ms,
    },
    meta: {
      ...completeStore(meta, join(stateDir, 'meta'), absolute),
      credentialsFile: optional(meta.credentials_file),
      profile: meta.profile,
      repository: meta.repository,
      remoteRoots: meta.remote_roots.map(absolute),
      watchMs: meta.watch_ms,
    },
    data: completeStore(data, join(stateDir, 'data'), absolute),
    log: { level: log.level, format: log.format },
    slowlog: { slowerThanMicroseconds: slowlog.slower_than_microseconds, entriesMax: slowlog.entries_max },
    latency: { thresholdMs: latency.threshold_ms },
    cluster,
  };
}

function clusterOf({ cluster, nodes, tls }: RawConfig, path: string): ClusterConfig | undefined {
  const [first] = nodes;
  if (first === undefined) return undefined;
  const optional = (location: string | undefined): string | undefined =>
    location === undefined ? undefined : absoluteFrom(path, location);
  return {
    name: cluster.name,
    password: cluster.password!,
    tls: peerTlsOf(cluster.tls_ca, tls, path),
    coordinator: cluster.coordinator ?? first.name,
    election: cluster.election,
    etcdEndpoints: cluster.etcd_endpoints,
    etcdUser: cluster.etcd_user,
    etcdPassword: cluster.etcd_password,
    etcdCa: optional(cluster.etcd_ca),
    etcdCert: optional(cluster.etcd_cert),
    etcdKey: optional(cluster.etcd_key),
    leaseMs: cluster.lease_ms,
    nodes,
    heartbeatMs: cluster.heartbeat_ms,
    downMs: cluster.down_ms,
    rejoinWaitMs: cluster.rejoin_wait_ms,
    replaceMs: cluster.replace_ms,
    upkeepBytesPerSecond: cluster.upkeep_bytes_per_second,
  };
}

function peerTlsOf(ca: string | undefined, { cert, key }: RawConfig['tls'], path: string): ClusterConfig['tls'] {
  if (ca === undefined) return undefined;
  const absolute = (location: string | undefined) => location && absoluteFrom(path, location);
  return { ca: absoluteFrom(path, ca), cert: absolute(cert), key: absolute(key) };
}

/** From the folder of the configuration file, or the home. */
const absoluteFrom = (path: string, location: string): string => resolve(dirname(path), expandHome(location));

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/** As the XDG base directory specification has it: state that outlives a restart but isn't worth a backup. */
function defaultStateDir(node: string, environment: Readonly<NodeJS.ProcessEnv>): string {
  const base = environment.XDG_STATE_HOME;
  return join(base?.startsWith('/') ? base : join(homedir(), '.local/state'), 'datafabric', node);
}
