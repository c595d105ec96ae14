/** From arguments to a reply: exists? arity? authenticated? permitted? allowed in the session's state? then the handler, measured. */
import type { Logger } from 'pino';
import type { AclLog } from '../commands/acl-log.js';
import type { Command } from '../commands/command.js';
import type { CommandStats, Context, Session } from '../commands/context.js';
import { denialOf } from '../commands/permission.js';
import { unknownCommand, unknownSubcommand, wrongArity } from '../commands/refusals.js';
import { leaveTransaction, refusalInState } from '../commands/session-state.js';
import type { CommandTable } from '../commands/table.js';
import { FabricError } from '../errors.js';
import type { ItemsReply, Reply } from '../resp/reply.js';
import type { Admitted } from './admitted.js';
import type { LatencyMonitor } from './latency.js';
import { latencyBucket, type ServerMetrics } from './metrics.js';
import type { Monitors } from './monitors.js';
import { replyError } from './reply-error.js';
import { isError, isItems } from './reply-kinds.js';
import type { RequestSlowlog } from './slowlog.js';

export interface DispatcherParts {
  readonly table: CommandTable;
  readonly metrics: ServerMetrics;
  readonly slowlog: RequestSlowlog;
  readonly aclLog: AclLog;
  readonly latency: LatencyMonitor;
  readonly monitors: Monitors;
  readonly log: Logger;
  /** Of any origin, with a fraction; only differences are taken. */
  readonly milliseconds: () => number;
}

const MICROSECONDS = 1000;

export class Dispatcher {
  readonly #table: CommandTable;
  readonly #metrics: ServerMetrics;
  readonly #slowlog: RequestSlowlog;
  readonly #aclLog: AclLog;
  readonly #latency: LatencyMonitor;
  readonly #monitors: Monitors;
  readonly #log: Logger;
  readonly #milliseconds: () => number;

  constructor(parts: DispatcherParts) {
    this.#table = parts.table;
    this.#metrics = parts.metrics;
    this.#slowlog = parts.slowlog;
    this.#aclLog = parts.aclLog;
    this.#latency = parts.latency;
    this.#monitors = parts.monitors;
    this.#log = parts.log;
    this.#milliseconds = parts.milliseconds;
  }

  /**
   * The command a request names, or why it is refused. `count` is the number of arguments announced, when only the first of them have
   * arrived.
   */
  admit(session: Session, args: readonly Buffer[], count = args.length): Command | FabricError {
    const { command, container } = this.#table.resolve(args);
    if (container !== undefined) return this.#reject(session, container, unknownSubcommand(container.name, args[1]!));
    if (command === undefined) return unknownCommand(args);
    if (!this.#table.arityMatches(command, count)) return this.#reject(session, command, wrongArity(command.name));
    if (!session.authenticated && !command.flags.includes('no_auth')) {
      return this.#reject(session, command, new FabricError('NOAUTH', 'Authentication required.'));
    }
    if (!session.user.unrestricted) {
      const denied = this.#denied(session, command, args);
      if (denied !== undefined) return denied;
    }
    const refusal = refusalInState(session, command);
    return refusal === undefined ? command : this.#reject(session, command, refusal);
  }

  /** True when the first arguments don't tell yet which command it will be. */
  undecided(before: readonly Buffer[]): boolean {
    return (
      before.length === 0 || (before.length === 1 && this.#table.resolve(before).command?.subcommands !== undefined)
    );
  }

  /** Runs an admitted request. Never throws and never rejects. */
  run(context: Context, request: Admitted): Reply | Promise<Reply> {
    const { session } = context;
    session.lastCommand = request.command.name;
    const startMs = this.#milliseconds();
    let reply: Reply | Promise<Reply>;
    try {
      reply = answer(context, request);
    } catch (error) {
      reply = replyError(error, this.#log);
    }
    // EXEC is told after the commands it runs.
    if (!isItems(reply)) this.#monitors.tell(session, request);
    if (reply instanceof Promise) return this.#settle(session, request, startMs, reply);
    this.#account(session, request, this.#milliseconds() - startMs, reply);
    return isItems(reply) ? this.#toldWhenDone(session, request, reply) : reply;
  }

  #toldWhenDone(session: Session, request: Admitted, reply: ItemsReply): ItemsReply {
    const done = () => {
      reply.done();
      this.#monitors.tell(session, request);
    };
    return { ...reply, done };
  }

  async #settle(session: Session, request: Admitted, startMs: number, pending: Promise<Reply>): Promise<Reply> {
    // What a blocking command waits for is not its own work: only the part before the wait counts.
    const workedMs = request.command.flags.includes('blocking') ? this.#milliseconds() - startMs : undefined;
    let reply: Reply;
    try {
      reply = await pending;
    } catch (error) {
      reply = replyError(error, this.#log);
    }
    this.#account(session, request, workedMs ?? this.#milliseconds() - startMs, reply);
    return reply;
  }

  #denied(session: Session, command: Command, args: readonly Buffer[]): FabricError | undefined {
    const denial = denialOf(session.user, command, this.#table, args);
    if (denial === undefined) return undefined;
    this.#aclLog.note(session, denial.reason, denial.object);
    return this.#reject(session, command, denial.error);
  }

  #reject(session: Session, command: Command, refusal: FabricError): FabricError {
    this.#stats(command).rejected++;
    if (command.name !== 'exec') return refusal;
    leaveTransaction(session);
    return new FabricError('EXECABORT', `Transaction discarded because of: ${refusal.message}`);
  }

  #account(session: Session, { command, args }: Admitted, tookMs: number, reply: Reply): void {
    const microseconds = tookMs * MICROSECONDS;
    const stats = this.#stats(command);
    this.#metrics.commandsProcessed++;
    stats.calls++;
    stats.microseconds += microseconds;
    stats.histogram[latencyBucket(microseconds)]!++;
    this.#latency.note(command.flags.includes('fast') ? 'fast-command' : 'command', tookMs);
    if (isError(reply)) stats.failed++;
    if (!hasSecrets(command) && !command.flags.includes('skip_slowlog'))
      this.#slowlog.note(session, args, microseconds);
  }

  #stats(command: Command): CommandStats {
    return this.#metrics.command(command.name);
  }
}

/** AUTH, HELLO and CONFIG SET take passwords, which no log may keep. */
const hasSecrets = ({ name, flags }: Command) => flags.includes('no_auth') || name === 'config|set';

function answer(context: Context, { command, args, intake }: Admitted): Reply | Promise<Reply> {
  if (intake?.target !== undefined) return intake.target.complete(intake.crc32c);
  if (command.handler === undefined) throw wrongArity(command.name);
  return command.handler(context, args);
}
