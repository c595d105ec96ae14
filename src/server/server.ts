/** Accepts clients, keeps their connections, and is what commands know as the server. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { AclLog } from '../commands/acl-log.js';
import { clientLine } from '../commands/client-line.js';
import type { Context, ServerControl, Session } from '../commands/context.js';
import { refuseOpenDoors } from '../commands/open-doors.js';
import { Users } from '../commands/users.js';
import { FabricError } from '../errors.js';
import type { NativeNet, NativeStore, NetCallbacks, Placement, TypeRule } from '../native.js';
import { encode } from '../resp/encoder.js';
import { DEFAULT_RESP_LIMITS, type RespLimits } from '../resp/limits.js';
import { Output } from '../resp/output.js';
import { RequestParser } from '../resp/parser.js';
import { Pushes } from '../resp/push.js';
import { Attention } from './attention.js';
import type { ConnectionParts } from './connection-parts.js';
import { Connection } from './connection.js';
import { Dispatcher } from './dispatch.js';
import { InputBudget } from './input-budget.js';
import { LatencyMonitor } from './latency.js';
import { Listeners } from './listeners.js';
import { ServerMetrics } from './metrics.js';
import { Monitors } from './monitors.js';
import { OutputPool } from './output-pool.js';
import { PauseGate } from './pause-gate.js';
import { errorReply } from './reply-error.js';
import { RequestQueue } from './request-queue.js';
import type { ConnectionSession } from './session.js';
import { RequestSlowlog } from './slowlog.js';
import { Subscriptions } from './subscriptions.js';
import { TlsListener } from './tls-listener.js';
import type { WaterMarks } from './tls-output.js';
import { TlsTransport } from './tls-transport.js';
import { NetTransport, type Transport } from './transport.js';

export interface ServerParts extends Pick<
  Context,
  'fabric' | 'cluster' | 'meta' | 'stores' | 'metaWatch' | 'config' | 'table' | 'log'
> {
  readonly store: NativeStore;
  readonly version: string;
  /** Milliseconds since the epoch. */
  now(): number;
  openNet(callbacks: NetCallbacks): NativeNet;
  crc32c(bytes: Uint8Array, seed: number): number;
  readonly waterMarks: WaterMarks;
  /** The connection is gone: what it owned begins to linger. */
  onDisconnected(connection: number): void;
  /** A variable was sealed by the sockets themselves, while somebody waited. */
  onSealed(name: Buffer): void;
  /** SHUTDOWN was asked for: the process is to drain and exit, as on SIGTERM. */
  onShutdown(): void;
}

/** Resolution of the half-sent and idle time-outs. */
const SWEEP_MS = 500;
const RUN_ID_BYTES = 20;
/** No request that the sockets answer by themselves takes that long, but for the time that its bytes take to arrive. */
const HOT_MICROSECONDS_MAX = 1000;
const TOO_MANY_CLIENTS = errorReply('ERR max number of clients reached');

export class Server implements ServerControl {
  readonly startedMs: number;
  readonly runId = randomBytes(RUN_ID_BYTES).toString('hex');
  readonly version: string;
  readonly metrics = new ServerMetrics();
  readonly slowlog: RequestSlowlog;
  readonly aclLog: AclLog;
  readonly latency: LatencyMonitor;
  readonly pubsub: Subscriptions;
  /** Whether something wants to see every command: a monitor, or a pause in force. */
  readonly attention: Attention;

  readonly #parts: ServerParts;
  readonly #log: Logger;
  readonly #net: NativeNet;
  readonly #events: NetCallbacks;
  readonly #listeners: Listeners;
  readonly #users: Users;
  readonly #gate: PauseGate;
  readonly #monitors: Monitors;
  readonly #dispatcher: Dispatcher;
  readonly #connections = new Map<number, Connection>();
  readonly #connectionParts: ConnectionParts;
  readonly #sweep: NodeJS.Timeout;
  #drained: (() => void) | undefined;

  constructor(parts: ServerParts) {
    const { config, table, log } = parts;
    const now = () => parts.now();
    this.#parts = parts;
    this.#log = log;
    this.startedMs = now();
    this.version = parts.version;
    this.slowlog = new RequestSlowlog(config.slowlog, now);
    this.aclLog = new AclLog(now, (session, nowMs) => clientLine(this, session, nowMs));
    this.#users = new Users(config, table);
    this.latency = new LatencyMonitor(config.latency, now);
    this.attention = new Attention(() => this.#reviewHotPath());
    this.#gate = new PauseGate(now, this.attention);
    const pushes = new Pushes();
    this.pubsub = new Subscriptions(pushes);
    this.#monitors = new Monitors(pushes, this.attention, now);
    this.#dispatcher = new Dispatcher({
      table,
      metrics: this.metrics,
      slowlog: this.slowlog,
      aclLog: this.aclLog,
      latency: this.latency,
      monitors: this.#monitors,
      log,
      milliseconds: () => performance.now(),
    });
    this.#connectionParts = {
      limits: respLimits(config.limits),
      config,
      users: this.#users,
      parser: new RequestParser(),
      dispatcher: this.#dispatcher,
      inputs: new InputBudget(() => config.limits.inputBytesMax),
      outputs: new OutputPool(),
      gate: this.#gate,
      metrics: this.metrics,
      pubsub: this.pubsub,
      monitors: this.#monitors,
      log,
      now,
      contextOf: (session) => this.#contextOf(session),
    };
    this.#events = this.#callbacks();
    this.#net = parts.openNet(this.#events);
    this.reconfigured();
    this.#listeners = new Listeners(this.#net);
    this.#sweep = setInterval(() => this.#sweepConnections(), SWEEP_MS).unref();
  }

  get listeners(): readonly string[] {
    return this.#listeners.addresses;
  }

  get pauseUntilMs(): number | undefined {
    return this.#gate.untilMs;
  }

  set pauseUntilMs(untilMs: number | undefined) {
    this.#gate.untilMs = untilMs;
  }

  get pauseWritesOnly(): boolean {
    return this.#gate.writesOnly;
  }

  set pauseWritesOnly(writesOnly: boolean) {
    this.#gate.writesOnly = writesOnly;
  }

  /** Opens what the config names. Rejects with ERR and the reason; nothing is left open then. */
  async listen(): Promise<void> {
    const { config } = this.#parts;
    const { listen, tls } = config;
    refuseOpenDoors(config);
    try {
      for (const host of listen.hosts) this.#listeners.openTcp(host, listen.port);
      if (listen.unixPath !== undefined) this.#listeners.openUnix(listen.unixPath, listen.unixMode);
      for (const host of tls.hosts) await this.#listeners.openTls(this.#tlsListener(), host, tls.port);
    } catch (error) {
      this.#listeners.close();
      throw error;
    }
  }

  *sessions(): Iterable<Session> {
    for (const id of this.#connections.keys()) yield this.session(id)!;
  }

  session(id: number): Session | undefined {
    const connection = this.#connections.get(id);
    connection?.refresh();
    return connection?.session;
  }

  kill(id: number): void {
    this.#connections.get(id)?.destroy();
  }

  reconfigured(): void {
    this.#reviewHotPath();
    this.#net.limitHot(this.#parts.config.limits);
  }

  /** The fabric has parsed a type: the sockets may take variables of it, and point to them. */
  /** Where a variable of other nodes is, for so long. */
  remember(name: Buffer, placements: readonly Placement[], ms: number): void {
    this.#net.remember(name, placements, ms);
  }

  forget(name: Buffer): void {
    this.#net.forget(name);
  }

  learnType(type: string, rule: TypeRule): void {
    this.#net.learnType(type, rule);
  }

  /** Whether anybody waits for names. */
  watchSeals(watched: boolean): void {
    this.#net.watchSeals(watched);
  }

  collectCounts(): void {
    const counts = this.#net.takeHotCounts();
    const { counters } = this.#parts.fabric;
    this.metrics.add(counts);
    counters.hits += counts.hits;
    counters.misses += counts.misses;
    counters.pins += counts.pins;
    counters.releases += counts.releases;
    counters.inserts += counts.inserts;
    counters.insertedBytes += counts.insertedBytes;
  }

  multi(session: Session): void {
    session.transaction = new RequestQueue(this.#parts.config.limits, (context, request) =>
      this.#dispatcher.run(context, request),
    );
  }

  monitor(session: Session, on: boolean): void {
    this.#monitors.set(session, on);
  }

  shutdown(): void {
    this.#parts.onShutdown();
  }

  /** Stops accepting, lets requests that have begun finish within `drainMs`, then closes everything. */
  async close(): Promise<void> {
    this.#listeners.close();
    this.#gate.untilMs = undefined;
    for (const connection of [...this.#connections.values()]) this.#guard(connection, () => connection.finish());
    await this.#emptied(this.#parts.config.times.drainMs);
    clearInterval(this.#sweep);
    this.latency.close();
    for (const connection of [...this.#connections.values()]) this.#guard(connection, () => connection.destroy());
    this.#net.close();
    this.#listeners.destroy();
    for (const id of [...this.#connections.keys()]) this.#closed(id);
  }

  async #emptied(withinMs: number): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #contextOf(session: ConnectionSession): Context {
    const { fabric, cluster, metaWatch, config, table, log } = this.#parts;
    const meta = () => this.#parts.meta();
    return {
      session,
      server: this,
      fabric,
      meta,
      stores: () => this.#parts.stores(),
      metaWatch,
      cluster,
      config,
      table,
      users: this.#users,
      log,
      now: () => this.#parts.now(),
    };
  }

  #callbacks(): NetCallbacks {
    return {
      accept: (id, listener, remote) =>
        this.#accept(id, new NetTransport(this.#net, this.#parts.store, id), remote, this.#listeners.address(listener)),
      data: (id, bytes) => this.#on(id, (connection) => connection.data(bytes)),
      sunk: (id, crc32c) => this.#on(id, (connection) => connection.sunk(crc32c)),
      sinkFailed: (id) => this.#on(id, (connection) => connection.sinkFailed()),
      end: (id) => this.#on(id, (connection) => connection.end()),
      drain: (id) => this.#on(id, (connection) => connection.drain()),
      closed: (id) => this.#closed(id),
      refused: (id, code, message) => this.#on(id, (connection) => connection.refused(new FabricError(code, message))),
      idle: (id) => this.#on(id, (connection) => connection.idle()),
      sealed: (name) => this.#parts.onSealed(name),
    };
  }

  #on(id: number, action: (connection: Connection) => void): void {
    const connection = this.#connections.get(id);
    if (connection !== undefined) this.#guard(connection, () => action(connection));
  }

  /** A fault costs the one connection, not the server. */
  #guard(connection: Connection, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#log.error({ err: error, client: connection.session.remoteAddress }, 'a connection failed unexpectedly');
      connection.destroy();
    }
  }

  #tlsListener(): TlsListener {
    const { config, log, store, waterMarks } = this.#parts;
    const crc32c = (bytes: Uint8Array, seed: number) => this.#parts.crc32c(bytes, seed);
    return new TlsListener({
      config,
      log,
      accept: (socket, remote, local) => {
        const id = this.#net.claimNumber();
        const transport = new TlsTransport(id, socket, { store, events: this.#events, waterMarks, crc32c });
        this.#accept(id, transport, remote, local);
      },
    });
  }

  #accept(id: number, transport: Transport, remoteAddress: string, localAddress: string): void {
    if (this.#connections.size >= this.#parts.config.limits.clientsMax) {
      this.metrics.connectionsRejected++;
      const output = new Output();
      encode(output, TOO_MANY_CLIENTS, 2);
      transport.write(output.take());
      transport.end();
      return;
    }
    this.metrics.connectionsReceived++;
    const origin = { id, remoteAddress, localAddress };
    this.#connections.set(id, new Connection(origin, transport, this.#connectionParts));
    this.#log.debug({ client: remoteAddress, connection: id }, 'accepted');
  }

  #closed(id: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    this.#guard(connection, () => connection.closed(() => this.#parts.onDisconnected(id)));
    this.#log.debug({ client: connection.session.remoteAddress, connection: id }, 'closed');
    if (this.#connections.size === 0) this.#drained?.();
  }

  /** A request that is answered without this server's seeing it can't be held back, told to a monitor, nor noted as slow. */
  #reviewHotPath(): void {
    const { slowerThanMicroseconds } = this.#parts.config.slowlog;
    const noted = slowerThanMicroseconds >= 0 && slowerThanMicroseconds < HOT_MICROSECONDS_MAX;
    this.#net.allowHot(!this.attention.wanted && !noted);
  }

  #sweepConnections(): void {
    const nowMs = this.#parts.now();
    this.collectCounts();
    this.latency.lookAtLoop();
    for (const connection of [...this.#connections.values()]) this.#guard(connection, () => connection.sweep(nowMs));
  }
}

function respLimits(limits: Context['config']['limits']): RespLimits {
  const { bulkBytesMax } = limits;
  return {
    ...DEFAULT_RESP_LIMITS,
    bulkBytesMax,
    gatherBytesMax: Math.min(bulkBytesMax, DEFAULT_RESP_LIMITS.gatherBytesMax),
  };
}
