/** A connection with everything it stands on, except a socket. */
import { pino, type Logger } from 'pino';
import type { Config } from '../../dist/cluster/config.js';
import { AclLog } from '../../dist/commands/acl-log.js';
import type { Session } from '../../dist/commands/context.js';
import { monitorCommand } from '../../dist/commands/monitor.js';
import { publishCommands } from '../../dist/commands/pubsub-publish.js';
import { subscribeCommands } from '../../dist/commands/pubsub-subscribe.js';
import { CommandTable } from '../../dist/commands/table.js';
import { transactionCommands } from '../../dist/commands/transactions.js';
import { Users } from '../../dist/commands/users.js';
import { DEFAULT_RESP_LIMITS } from '../../dist/resp/limits.js';
import { RequestParser } from '../../dist/resp/parser.js';
import { Pushes } from '../../dist/resp/push.js';
import { Attention } from '../../dist/server/attention.js';
import { Connection } from '../../dist/server/connection.js';
import { Dispatcher } from '../../dist/server/dispatch.js';
import { LatencyMonitor } from '../../dist/server/latency.js';
import { ServerMetrics } from '../../dist/server/metrics.js';
import { InputBudget } from '../../dist/server/input-budget.js';
import { Monitors } from '../../dist/server/monitors.js';
import { OutputPool } from '../../dist/server/output-pool.js';
import { PauseGate } from '../../dist/server/pause-gate.js';
import { RequestQueue } from '../../dist/server/request-queue.js';
import { RequestSlowlog } from '../../dist/server/slowlog.js';
import { Subscriptions } from '../../dist/server/subscriptions.js';
import { testContext, testConfig } from '../support/context.js';
import { TestCommands } from './commands.js';
import { FakeTransport } from './fake-transport.js';

const ownCommands = [...transactionCommands, ...subscribeCommands, ...publishCommands, monitorCommand];

export class Rig {
  readonly commands = new TestCommands();
  readonly config: Config = testConfig();
  readonly metrics = new ServerMetrics();
  readonly transport = new FakeTransport();
  readonly logged: string[] = [];
  readonly gate: PauseGate;
  readonly slowlog: RequestSlowlog;
  readonly pubsub: Subscriptions;
  readonly monitors: Monitors;
  readonly latency: LatencyMonitor;
  /** What was told of it, in order. */
  readonly attention: boolean[] = [];
  readonly connection: Connection;
  nowMs = 1_000_000;
  /** Milliseconds that pass whenever the dispatcher looks at its clock. */
  stepMs = 0;
  #clockMs = 0;

  constructor(change: (config: Config) => void = () => undefined) {
    change(this.config);
    const log = this.#logger();
    const now = () => this.nowMs;
    const pushes = new Pushes();
    const attention = new Attention((wanted) => this.attention.push(wanted));
    this.gate = new PauseGate(now, attention);
    this.pubsub = new Subscriptions(pushes);
    this.monitors = new Monitors(pushes, attention, now);
    this.latency = new LatencyMonitor(this.config.latency, now);
    this.slowlog = new RequestSlowlog(this.config.slowlog, now);
    const table = new CommandTable([...this.commands.all, ...ownCommands]);
    const users = new Users(this.config, table);
    const dispatcher = new Dispatcher({
      table,
      metrics: this.metrics,
      slowlog: this.slowlog,
      aclLog: new AclLog(now, () => ''),
      latency: this.latency,
      monitors: this.monitors,
      log,
      milliseconds: () => (this.#clockMs += this.stepMs),
    });
    this.connection = new Connection(
      { id: 1, remoteAddress: '127.0.0.1:4001', localAddress: '127.0.0.1:6379' },
      this.transport,
      {
        limits: {
          ...DEFAULT_RESP_LIMITS,
          bulkBytesMax: this.config.limits.bulkBytesMax,
          gatherBytesMax: 256 * 1024,
        },
        config: this.config,
        users,
        parser: new RequestParser(),
        dispatcher,
        inputs: new InputBudget(() => this.config.limits.inputBytesMax),
        outputs: new OutputPool(),
        gate: this.gate,
        metrics: this.metrics,
        pubsub: this.pubsub,
        monitors: this.monitors,
        log,
        now,
        contextOf: (session) => {
          const context = testContext({ commands: [] });
          const server = {
            ...context.server,
            pubsub: this.pubsub,
            monitor: this.#monitor,
            multi: this.#multi(dispatcher),
          };
          return { ...context, server, config: this.config, session, log, now };
        },
      },
    );
  }

  /** Sends bytes as one chunk; returns all that is answered at once. */
  send(...parts: readonly (string | Buffer)[]): string {
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
    this.transport.receivedBytes += bytes.length;
    this.connection.data(bytes);
    return this.transport.taken();
  }

  /** Lets promises and scheduled turns come to rest; returns what was answered meanwhile. */
  async settled(): Promise<string> {
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    return this.transport.taken();
  }

  readonly #monitor = (session: Session, on: boolean) => this.monitors.set(session, on);

  #multi(dispatcher: Dispatcher) {
    return (session: Session) => {
      session.transaction = new RequestQueue(this.config.limits, (context, request) =>
        dispatcher.run(context, request),
      );
    };
  }

  #logger(): Logger {
    return pino({ level: 'trace' }, { write: (line: string) => void this.logged.push(line) });
  }
}
