import type { CommandStats, Metrics } from '../commands/context.js';
import type { HotCounts } from '../native.js';

/** Error codes counted apart; a handler's free text can't grow the table. */
const ERROR_CODES_MAX = 64;

/** The last one is for a second and more. */
const BUCKETS = 21;

/** The index in `CommandStats.histogram`. */
export function latencyBucket(microseconds: number): number {
  return Math.min(BUCKETS - 1, 32 - Math.clz32(Math.min(microseconds, 2 ** BUCKETS)));
}

export class ServerMetrics implements Metrics {
  connectionsReceived = 0;
  connectionsRejected = 0;
  commandsProcessed = 0;
  errorReplies = 0;
  inputBytes = 0;
  outputBytes = 0;
  outputLimitDisconnections = 0;
  readonly commands = new Map<string, CommandStats>();
  readonly errors = new Map<string, number>();

  /** The counters of a command of the table. */
  command(name: string): CommandStats {
    let stats = this.commands.get(name);
    if (stats === undefined) {
      stats = { calls: 0, microseconds: 0, rejected: 0, failed: 0, histogram: new Float64Array(BUCKETS) };
      this.commands.set(name, stats);
    }
    return stats;
  }

  /** Adds what the sockets have answered by themselves. */
  add(counts: HotCounts): void {
    this.inputBytes += counts.inputBytes;
    this.outputBytes += counts.outputBytes;
    for (const [name, { calls, nanoseconds }] of Object.entries(counts.commands)) {
      const stats = this.command(name);
      stats.calls += calls;
      stats.microseconds += nanoseconds / 1000;
      // Not each of them is timed: their mean stands for all.
      stats.histogram[latencyBucket(nanoseconds / 1000 / calls)]! += calls;
      this.commandsProcessed += calls;
    }
  }

  /** Counts an error reply by its first word. */
  countError(text: string): void {
    this.errorReplies++;
    const space = text.indexOf(' ');
    const code = space < 0 ? text : text.slice(0, space);
    const count = this.errors.get(code);
    if (count !== undefined || this.errors.size < ERROR_CODES_MAX) this.errors.set(code, (count ?? 0) + 1);
  }

  reset(): void {
    this.connectionsReceived = 0;
    this.connectionsRejected = 0;
    this.commandsProcessed = 0;
    this.errorReplies = 0;
    this.inputBytes = 0;
    this.outputBytes = 0;
    this.outputLimitDisconnections = 0;
    this.commands.clear();
    this.errors.clear();
  }
}
