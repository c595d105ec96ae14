/**
 * What a command is. Everything else derives from these records: dispatch, arity errors, COMMAND, COMMAND DOCS, help and
 * docs/commands.md.
 */
import type { Reply } from '../resp/reply.js';
import type { Context } from './context.js';
import type { Access } from './user.js';

export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'fast'
  | 'no_auth'
  | 'no_multi'
  | 'skip_slowlog'
  | 'allow_busy';

/** Where the keys stand: first and last argument index (the name itself is 0; last may be negative) and the step. */
export interface KeySpec {
  first: number;
  last: number;
  step: number;
  /** What is done to the variables; absent: written when the command is flagged `write`, else read. */
  access?: Access;
  /** True for a form of the command whose arguments name no variable: its handler then checks what it is led to. */
  absent?(args: readonly Buffer[]): boolean;
}

/** As in COMMAND DOCS. */
export interface ArgumentDoc {
  name: string;
  type: 'key' | 'string' | 'integer' | 'double' | 'pattern' | 'unix-time' | 'pure-token' | 'oneof' | 'block';
  token?: string;
  optional?: boolean;
  multiple?: boolean;
  arguments?: ArgumentDoc[];
}

/** Says where a large bulk goes, decided from the arguments before it; see `Sink`. */
export interface Sink {
  /** Bulks longer than this by-pass the JS heap. */
  readonly thresholdBytes: number;
  /**
   * Called when the header of argument `index` (the last) says `length`. `before` are the arguments up to it, name first.
   * Returns undefined when this bulk is an ordinary argument. Throws what the command would answer: the bulk is then drained and the
   * error sent.
   */
  open(context: Context, before: readonly Buffer[], length: number): BulkTarget | undefined;
}

/**
 * A reservation of the server's own which a large bulk streams into: first `write` for the bytes that came with the header,
 * in order and without gaps, then the socket layer for the rest, then `complete` or `abandon`, once.
 */
export interface BulkTarget {
  /** The reservation's entry. */
  readonly entry: number;
  /** Bytes announced by the header. */
  readonly length: number;
  /** Copies bytes to `offset` of the reservation; returns the crc32c of everything written so far. */
  write(offset: number, bytes: Buffer): number;
  /** The bulk is in; crc32c is that of its bytes. Returns the command's reply. */
  complete(crc32c: number): Reply | Promise<Reply>;
  /** The client left, timed out, or the memory failed: gives the reservation up. */
  abandon(): void;
}

export type Handler = (context: Context, args: readonly Buffer[]) => Reply | Promise<Reply>;

export interface Command {
  /** Lower case; subcommands as `client|getname`. */
  name: string;
  /** As in Redis: counts the name; negative: at least. */
  arity: number;
  flags: readonly CommandFlag[];
  keys?: KeySpec;
  /** It reads or writes all variables there are, so only those who may do that to every name can run it. */
  everyName?: true;
  /** ACL categories with their `@`. */
  categories: readonly string[];
  summary: string;
  /** e.g. `O(1)`. */
  complexity: string;
  since: string;
  group: 'connection' | 'server' | 'string' | 'generic' | 'pubsub' | 'transactions' | 'fabric' | 'meta';
  arguments: readonly ArgumentDoc[];
  /** What it answers, in the notation of the documentation: `-> placements`. */
  reply: string;
  /** Longer text and examples for docs/commands.md; Markdown. */
  notes?: string;
  /** Absent for a container whose subcommands do the work. `args[0]` is the name (for subcommands: the container's). */
  handler?: Handler;
  subcommands?: readonly Command[];
  sink?: Sink;
}
