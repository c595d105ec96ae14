/**
 * What a handler may see and do. The server implements these interfaces; handlers never touch sockets.
 */
import type { Logger } from 'pino';
import type { Fabric } from '../fabric/fabric.js';
import type { Meta } from '../meta/meta.js';
import type { Watch } from '../meta/watch.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Config } from '../cluster/config.js';
import type { AclLog } from './acl-log.js';
import type { ItemsReply } from '../resp/reply.js';
import type { Latency } from './latency.js';
import type { PubSub, Receiver } from './pubsub.js';
import type { CommandTable } from './table.js';
import type { User } from './user.js';
import type { Users } from './users.js';

/** What a connection has queued since MULTI. */
export interface Transaction {
  /** Commands queued. */
  readonly length: number;
  /** Heap memory of them. */
  readonly heapBytes: number;
  /** A command was refused when it was to be queued: EXEC runs none. */
  readonly failed: boolean;
  /** Gives up what the queued commands hold, such as room for their payloads. */
  abandon(): void;
  /** Takes the connection out of the transaction and runs the commands, one after the other, as their replies are sent. */
  run(context: Context): ItemsReply;
}

/** The connection a command came in on. */
export interface Session extends Receiver {
  readonly id: number;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly createdMs: number;
  /** Set when the peer has gone: a blocked command gives up. */
  readonly signal: AbortSignal;
  protocol: 2 | 3;
  authenticated: boolean;
  /** Whom it acts as; before it is authenticated, the default user. */
  user: User;
  name: string;
  libName: string;
  libVersion: string;
  lastCommand: string;
  lastActiveMs: number;
  noEvict: boolean;
  noTouch: boolean;
  /** Set by a command for those after it; `skip` for one, then it is `on` again. */
  replyMode: 'on' | 'off' | 'skip';
  /** Replies already queued are sent, then the connection closes. */
  closeAfterReply: boolean;
  blocked: boolean;
  /** Between MULTI and EXEC. */
  transaction: Transaction | undefined;
  /** EXEC runs: what would wait answers at once instead. */
  executing: boolean;
  /** Names and their xids at the time of WATCH. */
  watched: Map<string, number | undefined>;
  /** Hears some channel or pattern. */
  readonly subscribed: boolean;
  /** Is told every command. */
  readonly monitoring: boolean;
  readonly outputBytes: number;
  readonly inputBytes: number;
}

/** The server as commands see it. */
export interface ServerControl {
  readonly startedMs: number;
  readonly runId: string;
  readonly version: string;
  readonly listeners: readonly string[];
  sessions(): Iterable<Session>;
  session(id: number): Session | undefined;
  kill(id: number): void;
  /** Stops reading commands from clients until then; `undefined` lifts it. */
  pauseUntilMs: number | undefined;
  /** The pause holds back only commands flagged `write`. */
  pauseWritesOnly: boolean;
  /** Drains and exits. */
  shutdown(): void;
  /** The config was changed. */
  reconfigured(): void;
  /** Brings `metrics`, and the fabric's counters, up to date with what the sockets have answered by themselves. */
  collectCounts(): void;
  readonly metrics: Metrics;
  readonly slowlog: Slowlog;
  readonly aclLog: AclLog;
  readonly latency: Latency;
  readonly pubsub: PubSub;
  /** Begins a transaction of that session. */
  multi(session: Session): void;
  /** Tells a session every command from now on, or no more. */
  monitor(session: Session, on: boolean): void;
}

export interface CommandStats {
  calls: number;
  microseconds: number;
  rejected: number;
  failed: number;
  /** Calls by the bits of their microseconds: at index n those of less than 2^n, and not less than half of it. */
  readonly histogram: Float64Array;
}

export interface Metrics {
  connectionsReceived: number;
  connectionsRejected: number;
  commandsProcessed: number;
  errorReplies: number;
  inputBytes: number;
  outputBytes: number;
  /** Clients closed because they took messages too slowly. */
  outputLimitDisconnections: number;
  readonly commands: Map<string, CommandStats>;
  readonly errors: Map<string, number>;
  reset(): void;
}

export interface SlowlogEntry {
  id: number;
  timeSeconds: number;
  microseconds: number;
  args: Buffer[];
  client: string;
  clientName: string;
}

export interface Slowlog {
  entries(): readonly SlowlogEntry[];
  reset(): void;
}

/** A store of the node: where META's documents are, or the data that leaves shared memory. */
export interface StoreReport {
  use: 'meta' | 'data';
  kind: string;
  state: 'waiting' | 'attaching' | 'attached' | 'failed';
  /** When it is attached. */
  location?: string;
  /** Why it couldn't be, the last time. */
  problem?: string;
}

export interface Context {
  readonly session: Session;
  readonly server: ServerControl;
  readonly fabric: Fabric;
  /** META, attached to its store when it is first asked for; rejects with what the store says. */
  readonly meta: () => Promise<Meta>;
  readonly stores: () => readonly StoreReport[];
  /** Tells those who listen to documents of their new versions. */
  readonly metaWatch: Pick<Watch, 'begin' | 'wrote' | 'nudge'>;
  /** Absent: the node is alone. */
  readonly cluster: Cluster | undefined;
  readonly config: Config;
  readonly table: CommandTable;
  readonly users: Users;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}
