import type { Context, Session, Slowlog, SlowlogEntry } from '../commands/context.js';

/** As in Redis: what an entry keeps of a request. */
const ARGUMENTS_MAX = 32;
const ARGUMENT_BYTES_MAX = 128;

type SlowlogConfig = Context['config']['slowlog'];

/** The slowest requests' latest entries, newest first. Its limits are read anew each time: CONFIG SET may change them. */
export class RequestSlowlog implements Slowlog {
  readonly #config: SlowlogConfig;
  readonly #now: () => number;
  #entries: SlowlogEntry[] = [];
  #nextId = 0;

  constructor(config: SlowlogConfig, now: () => number) {
    this.#config = config;
    this.#now = now;
  }

  entries(): readonly SlowlogEntry[] {
    return this.#entries;
  }

  reset(): void {
    this.#entries = [];
  }

  /** Keeps the request if it was slow. */
  note(session: Session, args: readonly Buffer[], microseconds: number): void {
    const threshold = this.#config.slowerThanMicroseconds;
    if (threshold < 0 || microseconds < threshold) return;
    this.#entries.unshift({
      id: this.#nextId++,
      timeSeconds: Math.floor(this.#now() / 1000),
      microseconds: Math.round(microseconds),
      args: shorten(args),
      client: session.remoteAddress,
      clientName: session.name,
    });
    this.#entries.length = Math.min(this.#entries.length, this.#config.entriesMax);
  }
}

/** Copies, so that no entry keeps a whole network chunk alive. */
function shorten(args: readonly Buffer[]): Buffer[] {
  if (args.length <= ARGUMENTS_MAX) return args.map(shortenArgument);
  const kept = args.slice(0, ARGUMENTS_MAX - 1).map(shortenArgument);
  kept.push(Buffer.from(`... (${args.length - kept.length} more arguments)`));
  return kept;
}

function shortenArgument(arg: Buffer): Buffer {
  if (arg.length <= ARGUMENT_BYTES_MAX) return Buffer.from(arg);
  const more = Buffer.from(`... (${arg.length - ARGUMENT_BYTES_MAX} more bytes)`);
  return Buffer.concat([arg.subarray(0, ARGUMENT_BYTES_MAX), more]);
}
