/** Constructs a node and wires its parts; the only place that does. */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Logger } from 'pino';
import { loadConfig as load, nodeNames, type LoadOptions } from './cluster/config-load.js';
import { Cluster } from './cluster/cluster.js';
import { sha256 } from './cluster/config-users.js';
import { Pages } from './cluster/pages.js';
import { PEER_USER } from './cluster/peer-redis.js';
import type { Config, UserConfig } from './cluster/config.js';
import { commandTable } from './commands/all-commands.js';
import { documentsListenedTo, publishVersion } from './commands/meta-channel.js';
import { metaHostOf } from './commands/meta-host.js';
import { ruleRefusal } from './commands/user-rules.js';
import { FabricError } from './errors.js';
import { Fabric } from './fabric/fabric.js';
import type { Meta } from './meta/meta.js';
import { Watch } from './meta/watch.js';
import type { NativeModule, OpenReport, SegmentStats, StoreOptions } from './native.js';
import { Server } from './server/server.js';
import type { Store } from './storage/store.js';
import { newsAt, servedNews } from './meta-news.js';
import { NodeStores, openData as openDataStore, openMeta as openMetaStore } from './stores.js';
import { groupId } from './util/group.js';

export type { Override } from './cluster/config-load.js';
export { showConfig } from './cluster/config-show.js';
export type { Config } from './cluster/config.js';
export { peerOptions } from './cluster/peer-redis.js';
export type { SegmentStats } from './native.js';

const require = createRequire(import.meta.url);
export const { version } = require('../package.json') as { version: string };

/** Reads and checks a configuration file; throws ConfigError with everything wrong in it. */
export function loadConfig(file: string, options: Omit<LoadOptions, 'refuseRule'> = {}): Config {
  return load(file, { ...options, refuseRule: ruleRefusal(commandTable()) });
}

/** The configuration of each node that a file names in `[[nodes]]`; ERR when it names none. */
export function loadCluster(file: string): Config[] {
  const names = nodeNames(file);
  if (names.length === 0) {
    throw new FabricError('ERR', `${file} has no [[nodes]]: it describes one node, which datafabric serve starts`);
  }
  const named = (value: string) => ({ path: ['node', 'name'], value, origin: '[[nodes]]' }) as const;
  return names.map((name) => loadConfig(file, { overrides: [named(name)] }));
}

export interface ServeOptions {
  log: Logger;
  /** SHUTDOWN was asked for: the caller is to close the node and exit. */
  onShutdown: () => void;
  /** Aborted when the end is asked for before the node serves: `serve` then rejects, and a first start leaves nothing. */
  interrupted: AbortSignal;
  /** A segment of that many MiB is about to be made, at the first start. */
  onAllocating?(megabytes: number): void;
}

/** A running node. */
export interface RunningNode {
  /** `127.0.0.1:6379`, `[::1]:6379`, `unix:/path`, or `tls:127.0.0.1:6380`. */
  readonly addresses: readonly string[];
  readonly report: OpenReport;
  readonly kernels: string;
  segments(): SegmentStats[];
  /** Drains, and gives the node up; its variables stay in shared memory. */
  close(): Promise<void>;
}

/**
 * Starts a node: attaches its shared memory, listens, and at the first start allocates the configured segments. Errors have a
 * code and a sentence for the user: OWNED when another server has the node, LAYOUT for another version's objects, ERR when an
 * address is taken, OOM when the segments don't fit.
 */
export async function serve(given: Config, options: ServeOptions): Promise<RunningNode> {
  const { log } = options;
  const config = withPeerUser(given);
  const native = await loadNative();
  makeStateDir(config.node.stateDir);
  const store = native.openStore(storeOptions(config));
  warnOfLosses(store.report, log);
  if (config.node.shmMode & 0o002) log.warn('node.shm_mode lets every user of this machine overwrite the variables');
  const stores = new NodeStores(config, native, metaHostOf(config));
  const cluster =
    config.cluster &&
    (await Cluster.open({
      config: config.cluster,
      node: config.node.name,
      stateDir: config.node.stateDir,
      epoch: () => store.stats().epoch,
      raiseEpoch: (above) => store.raiseEpoch(above),
      fabric: () => fabric,
      openPages: () => new Pages(native.openYellowPages()),
      remember: (name, placements, ms) => server.remember(name, placements, ms),
      forget: (name) => server.forget(name),
      others: servedNews(() => stores.meta.get()),
      log,
    }));
  const fabric: Fabric = new Fabric(store, native, {
    node: config.node.name,
    address: () => server.listeners[0] ?? '',
    tlsPort: () => tlsPortOf(server.listeners),
    shmPrefix: config.node.shmPrefix,
    limits: config.limits,
    sourceRoots: config.security.sourceRoots,
    shmSourcePrefixes: config.security.shmSourcePrefixes,
    quarantineMs: config.times.quarantineMs,
    restartGraceMs: config.times.restartGraceMs,
    onError: (error) => log.error({ err: error }, 'background work failed'),
    onType: (type, rule) => server.learnType(type, rule),
    onWaiting: (waiting) => server.watchSeals(waiting),
    gate: cluster,
  });
  const host = metaHostOf(config);
  const elsewhere = cluster && host !== undefined && host !== config.node.name ? newsAt(cluster, host) : undefined;
  const metaWatch = new Watch({
    meta: () => (elsewhere === undefined ? stores.meta.get() : Promise.resolve(elsewhere)),
    audience: () => documentsListenedTo(server.pubsub),
    publish: (key, version) => publishVersion(server.pubsub, key, version),
    intervalMs: () => config.meta.watchMs,
    onError: (error) => log.warn({ err: error }, 'META could not be asked for new versions; it is asked again'),
  });
  const server: Server = new Server({
    store,
    fabric,
    meta: () => stores.meta.get(),
    stores: () => stores.reports(),
    metaWatch,
    cluster,
    config,
    table: commandTable(),
    log,
    version,
    now: Date.now,
    openNet: (callbacks) =>
      native.openNet(callbacks, {
        ...waterMarks(config),
        hot: { store, node: config.node.name, alone: config.cluster === undefined, cacheNames: REMEMBERED_NAMES },
      }),
    onSealed: (name) => fabric.sealed(name),
    crc32c: (bytes, seed) => native.crc32c(bytes, seed),
    waterMarks: waterMarks(config),
    onDisconnected: (connection) => fabric.disconnected(connection),
    onShutdown: options.onShutdown,
  });
  const close = async (): Promise<void> => {
    await cluster?.close();
    await server.close();
    metaWatch.close();
    await fabric.close();
    await stores.close();
    store.close();
  };
  try {
    await server.listen();
    await allocateFirst(fabric, server, config, options);
    cluster?.begin();
  } catch (error) {
    const empty = !store.report.warm && store.stats().variables === 0;
    await close();
    // A start that came to nothing leaves nothing.
    if (empty) await purge(config);
    throw error;
  }
  stores.attach(log);
  return {
    addresses: server.listeners,
    report: store.report,
    kernels: native.kernels,
    segments: () => fabric.segments(),
    close,
  };
}

/** META of a configuration, on its store: needs no running node. Rejects when the store can't be opened, or doesn't exclude. */
export async function openMeta(config: Config): Promise<Meta> {
  return openMetaStore(config, await loadNative());
}

/** The store of a configuration's `[data]`, as `openMeta` opens its own. */
export const openData = (config: Config): Promise<Store> => openDataStore(config);

/** Nodes of a cluster come in as a user of their own. */
function withPeerUser(config: Config): Config {
  if (config.cluster === undefined) return config;
  const peer: UserConfig = {
    name: PEER_USER,
    enabled: true,
    nopass: false,
    passwordSha256: [sha256(config.cluster.password)],
    commands: ['+@all'],
    read: ['*'],
    write: ['*'],
  };
  return { ...config, users: [...config.users, peer] };
}

function warnOfLosses({ lostSegments, lostVariables, strayObjects }: OpenReport, log: Logger): void {
  if (strayObjects.length > 0) {
    log.warn(
      { segments: strayObjects },
      `no catalog knows ${strayObjects.join(', ')}: removed, what a crash left of an ALLOC or of a catalog that is gone`,
    );
  }
  if (lostSegments.length === 0) return;
  log.warn(
    { segments: lostSegments, variables: lostVariables },
    `${lostVariables} variables are lost: their segments were removed or truncated by another process`,
  );
}

/** Removes a stopped node's shared-memory objects; returns their names. OWNED while a server runs. */
export async function purge(config: Config): Promise<string[]> {
  const native = await loadNative();
  const { name: node, shmPrefix: prefix } = config.node;
  return native.purge({ prefix, node });
}

/** Loaded late: `--help` and `config check` work where the addon doesn't. */
async function loadNative(): Promise<NativeModule> {
  try {
    return (await import('./native.js')).native;
  } catch (error) {
    throw new FabricError('ERR', `the addon cannot be loaded (npm run setup compiles it): ${firstLine(error)}`);
  }
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0]!;
}

/** Clients may connect meanwhile; their commands wait, so that the first of them doesn't find a node without memory. */
async function allocateFirst(fabric: Fabric, server: Server, config: Config, options: ServeOptions): Promise<void> {
  if (fabric.segments().length > 0) return;
  server.pauseUntilMs = Infinity;
  for (const megabytes of config.node.segmentsMib) {
    options.onAllocating?.(megabytes);
    await unlessAborted(fabric.alloc(megabytes), options.interrupted);
  }
  server.pauseUntilMs = undefined;
}

/** What is abandoned ends when the store is closed. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new FabricError('ERR', 'the start was interrupted'));
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    work.then(resolve, reject);
  });
}

function makeStateDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new FabricError('ERR', `cannot create node.state_dir: ${(error as Error).message}`);
  }
}

function storeOptions({ node, limits, times }: Config): StoreOptions {
  return {
    node: node.name,
    prefix: node.shmPrefix,
    stateDir: node.stateDir,
    variablesMax: limits.variablesMax,
    pinsMax: limits.pinsMax,
    stringBytesMax: limits.stringBytesMax,
    segmentsMax: limits.segmentsMax,
    slotsMax: limits.slotsMax,
    mode: node.shmMode,
    groupId: node.shmGroup === undefined ? -1 : groupId(node.shmGroup),
    quarantineMs: times.quarantineMs,
    pinLingerMs: times.pinLingerMs,
    reserveLingerMs: times.reserveLingerMs,
    restartGraceMs: times.restartGraceMs,
  };
}

/** Of variables of other nodes: some 25 MiB. */
const REMEMBERED_NAMES = 100_000;
const HIGH_WATER_BYTES_MAX = 1 << 20;

/** Far below the output limit: a client that reads slowly is paused before it is disconnected. */
function waterMarks({ limits }: Config): { highWaterBytes: number; lowWaterBytes: number } {
  const highWaterBytes = Math.min(HIGH_WATER_BYTES_MAX, limits.outputBufferBytesMax >> 1);
  return { highWaterBytes, lowWaterBytes: highWaterBytes >> 2 };
}

/** Of the first address at which TLS is spoken, `tls:host:port`. */
function tlsPortOf(listeners: readonly string[]): number {
  const address = listeners.find((listener) => listener.startsWith('tls:'));
  return address === undefined ? 0 : Number(address.slice(address.lastIndexOf(':') + 1));
}
