/** A context for handlers without a server: every part can be replaced, and what handlers did to it looked at. */
import { pino } from 'pino';
import type { Config } from '../../dist/cluster/config.js';
import type { Command } from '../../dist/commands/command.js';
import type { CommandStats, Context, ServerControl, Session, SlowlogEntry } from '../../dist/commands/context.js';
import { standardCommands } from '../../dist/commands/standard-commands.js';
import { AclLog } from '../../dist/commands/acl-log.js';
import { CommandTable } from '../../dist/commands/table.js';
import { Users } from '../../dist/commands/users.js';
import { Counters } from '../../dist/fabric/counters.js';
import { isFabricError } from '../../dist/errors.js';
import { Pushes } from '../../dist/resp/push.js';
import type { Reply } from '../../dist/resp/reply.js';
import { LatencyMonitor } from '../../dist/server/latency.js';
import { Subscriptions } from '../../dist/server/subscriptions.js';

export const STARTED_MS = 1_700_000_000_000;

export function testConfig(): Config {
  return {
    path: '/etc/datafabric/single.toml',
    node: {
      name: 'alpha',
      stateDir: '/var/lib/datafabric',
      shmPrefix: 'fabric',
      shmMode: 0o600,
      shmGroup: undefined,
      segmentsMib: [64, 128],
    },
    listen: { hosts: ['127.0.0.1'], port: 0, unixPath: undefined, unixMode: 0o600 },
    tls: {
      hosts: [],
      port: 0,
      cert: undefined,
      key: undefined,
      ca: undefined,
      clientCertificates: 'no',
      minVersion: 'TLSv1.2',
    },
    security: { password: undefined, sourceRoots: [], shmSourcePrefixes: [] },
    users: [],
    limits: {
      clientsMax: 100,
      bulkBytesMax: 1_048_576,
      reservedBytesMax: 1_048_576,
      inputBytesMax: 1_048_576,
      outputBufferBytesMax: 1_048_576,
      pushedBytesMax: 1_048_576,
      pushedSoftBytes: 262_144,
      pushedSoftMs: 1000,
      subscriptionsMax: 100,
      transactionBytesMax: 65_536,
      watchedNamesMax: 100,
      documentationBytesMax: 4096,
      variablesMax: 1000,
      pinsMax: 100,
      stringBytesMax: 1_048_576,
      segmentsMax: 16,
      slotsMax: 16,
      halfSentMs: 1000,
      idleMs: 3000,
      waitMsMax: 1000,
      leaseMsMax: 1000,
    },
    times: { quarantineMs: 10, pinLingerMs: 10, reserveLingerMs: 10, restartGraceMs: 0, drainMs: 10 },
    log: { level: 'info', format: 'json' },
    slowlog: { slowerThanMicroseconds: 10_000, entriesMax: 128 },
    meta: {
      store: 'memory',
      repository: 'main',
      credentialsFile: undefined,
      profile: undefined,
      remoteRoots: [],
      watchMs: 500,
    },
    data: { store: 'memory' },
    latency: { thresholdMs: 0 },
    cluster: undefined,
  };
}

export function testSession(fields: Partial<Session> = {}): Session {
  return {
    id: 1,
    remoteAddress: '127.0.0.1:4001',
    localAddress: '127.0.0.1:6379',
    createdMs: STARTED_MS,
    signal: new AbortController().signal,
    protocol: 2,
    authenticated: true,
    user: new Users(testConfig(), new CommandTable(standardCommands)).default,
    name: '',
    libName: '',
    libVersion: '',
    lastCommand: '',
    lastActiveMs: STARTED_MS,
    noEvict: false,
    noTouch: false,
    replyMode: 'on',
    closeAfterReply: false,
    blocked: false,
    transaction: undefined,
    executing: false,
    watched: new Map(),
    subscribed: false,
    monitoring: false,
    push: () => undefined,
    outputBytes: 0,
    inputBytes: 0,
    ...fields,
  };
}

export interface TestServer extends ServerControl {
  killed: number[];
  stopped: boolean;
}

export function testServer(sessions: readonly Session[], slow: SlowlogEntry[] = []): TestServer {
  const server: TestServer = {
    killed: [],
    stopped: false,
    startedMs: STARTED_MS,
    runId: 'f'.repeat(40),
    version: '1.2.3',
    listeners: ['127.0.0.1:6379', 'unix:/run/datafabric.sock'],
    sessions: () => sessions,
    session: (id) => sessions.find((session) => session.id === id),
    kill: (id) => void server.killed.push(id),
    pauseUntilMs: undefined,
    pauseWritesOnly: false,
    shutdown: () => void (server.stopped = true),
    reconfigured: () => undefined,
    collectCounts: () => undefined,
    metrics: {
      connectionsReceived: 3,
      connectionsRejected: 1,
      commandsProcessed: 5,
      errorReplies: 2,
      inputBytes: 100,
      outputBytes: 200,
      outputLimitDisconnections: 0,
      commands: new Map<string, CommandStats>(),
      errors: new Map<string, number>(),
      reset() {
        this.commandsProcessed = 0;
      },
    },
    slowlog: { entries: () => slow, reset: () => void slow.splice(0) },
    aclLog: new AclLog(
      () => STARTED_MS,
      () => '',
    ),
    latency: new LatencyMonitor({ thresholdMs: 0 }, () => STARTED_MS),
    pubsub: new Subscriptions(new Pushes()),
    multi: () => undefined,
    monitor: () => undefined,
  };
  return server;
}

/** The part of the fabric that reports; the numbers are all different, so that a mix-up shows. */
export function testFabric(variables = 7): Context['fabric'] {
  const counters = new Counters();
  counters.inserts = 11;
  counters.insertedBytes = 12;
  const fabric = {
    counters,
    stats: () => ({
      variables,
      entries: 21,
      reservations: 22,
      reservedBytes: 23,
      limbo: 24,
      limboBytes: 25,
      removed: 26,
      quarantinedBytes: 27,
      pins: 28,
      epoch: 29,
      catalogBytes: 30,
      catalogBytesMax: 31,
      stringBytes: 32,
      stringBytesMax: 33,
      privateBytes: 34,
    }),
    segments: () => [
      {
        sharedId: '/fabric.alpha.s0001',
        bytes: 1000,
        usedBytes: 600,
        freeBytes: 400,
        largestFreeBytes: 300,
        limboBytes: 41,
        quarantinedBytes: 42,
        pinnedBytes: 43,
        variables: 44,
      },
    ],
  };
  return fabric as unknown as Context['fabric'];
}

export interface TestContext extends Context {
  readonly session: Session;
  readonly server: TestServer;
}

export interface TestContextParts {
  session?: Partial<Session>;
  others?: readonly Session[];
  slow?: SlowlogEntry[];
  fabric?: Context['fabric'];
  meta?: Context['meta'];
  commands?: readonly Command[];
  nowMs?: number;
  config?: Config;
}

export const noMetaWatch: Context['metaWatch'] = {
  begin: (_, enter) => {
    enter();
    return Promise.resolve();
  },
  wrote: () => undefined,
  nudge: () => undefined,
};

export const noMeta = () => Promise.reject(new Error('no META here'));

export function testContext(parts: TestContextParts = {}): TestContext {
  const config = parts.config ?? testConfig();
  const table = new CommandTable(parts.commands ?? standardCommands);
  const users = new Users(config, table);
  const session = testSession({ user: users.default, ...parts.session });
  return {
    session,
    server: testServer([session, ...(parts.others ?? [])], parts.slow),
    fabric: parts.fabric ?? testFabric(),
    meta: parts.meta ?? noMeta,
    stores: () => [],
    metaWatch: noMetaWatch,
    cluster: undefined,
    config,
    table,
    users,
    log: pino({ level: 'silent' }),
    now: () => parts.nowMs ?? STARTED_MS + 5500,
  };
}

/** Runs a request as dispatch does, without its accounting; an error is `CODE sentence`. */
export async function run(context: Context, ...words: readonly (string | Buffer)[]): Promise<Reply> {
  const args = words.map((word) => Buffer.from(word as string));
  const { command } = context.table.resolve(args);
  if (command?.handler === undefined) throw new Error(`${words.join(' ')} is not a command to run`);
  if (!context.table.arityMatches(command, args.length)) throw new Error(`${words.join(' ')} has a wrong arity`);
  try {
    return await command.handler(context, args);
  } catch (error) {
    if (isFabricError(error)) return { kind: 'error', text: `${error.code} ${error.message}` };
    throw error;
  }
}

export const error = (text: string): Reply => ({ kind: 'error', text });

/** The text of a string or verbatim reply. */
export function textOf(reply: Reply): string {
  if (typeof reply === 'string') return reply;
  if (Buffer.isBuffer(reply)) return reply.toString();
  if (reply !== null && typeof reply === 'object' && 'kind' in reply && 'text' in reply) return reply.text;
  throw new TypeError(`not a text: ${JSON.stringify(reply)}`);
}

/** A map reply as an object. */
export function objectOf(reply: Reply): Record<string, Reply> {
  if (reply === null || typeof reply !== 'object' || !('kind' in reply) || reply.kind !== 'map') {
    throw new TypeError(`not a map: ${JSON.stringify(reply)}`);
  }
  return Object.fromEntries(reply.entries.map(([label, value]) => [textOf(label), value]));
}
