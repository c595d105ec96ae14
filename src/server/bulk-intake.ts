/** Large bulks of one connection: where each goes, and what became of it. */
import type { Logger } from 'pino';
import type { BulkTarget, Command } from '../commands/command.js';
import type { Context } from '../commands/context.js';
import { FabricError } from '../errors.js';
import type { BulkRoute, Bypass } from '../resp/framer.js';
import type { RespLimits } from '../resp/limits.js';
import type { ErrorReply } from '../resp/reply.js';
import type { Dispatcher } from './dispatch.js';
import { errorReply, replyError } from './reply-error.js';
import type { Transport } from './transport.js';

/** How the by-passed bulks of a request ended: in a target, or in the error to answer. */
export interface Intake {
  readonly error: ErrorReply | undefined;
  readonly target: BulkTarget | undefined;
  readonly crc32c: number;
}

export class BulkIntake {
  readonly #context: Context;
  readonly #dispatcher: Dispatcher;
  readonly #limits: RespLimits;
  readonly #log: Logger;
  #target: BulkTarget | undefined;
  #error: ErrorReply | undefined;
  #crc32c = 0;

  constructor(context: Context, dispatcher: Dispatcher, limits: RespLimits, log: Logger) {
    this.#context = context;
    this.#dispatcher = dispatcher;
    this.#limits = limits;
    this.#log = log;
  }

  /** The framer's question: see `OnBulk`. What is refused is dropped, and the error answered when the request is over. */
  route(before: readonly Buffer[], index: number, count: number, length: number): BulkRoute {
    if (this.#error !== undefined) return 'discard';
    if (this.#dispatcher.undecided(before)) return this.#gather(length);
    const command = this.#dispatcher.admit(this.#context.session, before, count);
    if (command instanceof FabricError) return this.#refuse(replyError(command, this.#log));
    return index === count - 1 && this.#open(command, before, length) ? this.#opened() : this.#gather(length);
  }

  /** Takes the bytes at hand and directs the rest. True: the transport will say `sunk`. */
  begin(bypass: Bypass, transport: Transport): boolean {
    let offset = 0;
    for (const part of bypass.parts) {
      this.#write(offset, part);
      offset += part.length;
    }
    if (bypass.remaining === 0) return false;
    if (this.#target === undefined) transport.discard(bypass.remaining);
    else transport.sink(this.#target.entry, offset, bypass.remaining, this.#crc32c);
    return true;
  }

  /** The rest has arrived. */
  sunk(crc32c: number): void {
    if (this.#target !== undefined) this.#crc32c = crc32c;
  }

  /** The target's memory can't be written: its segment was truncated by someone. */
  failed(): void {
    this.#fail(errorReply('ERR the segment could not be written: see the log, and FABRIC.SEGMENTS for what is left'));
  }

  /** What the request's large bulks came to; undefined when it had none. */
  take(): Intake | undefined {
    if (this.#target === undefined && this.#error === undefined) return undefined;
    const intake: Intake = { error: this.#error, target: this.#target, crc32c: this.#crc32c };
    this.#target = undefined;
    this.#error = undefined;
    this.#crc32c = 0;
    return intake;
  }

  /** The connection is gone: gives the target up. */
  abandon(): void {
    const target = this.#target;
    this.#target = undefined;
    try {
      target?.abandon();
    } catch (error) {
      replyError(error, this.#log);
    }
  }

  #open(command: Command, before: readonly Buffer[], length: number): boolean {
    if (command.sink === undefined || length <= command.sink.thresholdBytes) return false;
    try {
      this.#target = command.sink.open(this.#context, before, length);
    } catch (error) {
      this.#error = replyError(error, this.#log);
    }
    return this.#target !== undefined || this.#error !== undefined;
  }

  #opened(): BulkRoute {
    return this.#error === undefined ? 'sink' : 'discard';
  }

  #gather(length: number): BulkRoute {
    const max = this.#limits.gatherBytesMax;
    if (length <= max) return 'gather';
    return this.#refuse(errorReply(`ERR an argument of ${length} bytes is too long here: the limit is ${max} bytes`));
  }

  #refuse(error: ErrorReply): BulkRoute {
    this.#error = error;
    return 'discard';
  }

  #write(offset: number, bytes: Buffer): void {
    if (this.#target === undefined) return;
    try {
      this.#crc32c = this.#target.write(offset, bytes);
    } catch (error) {
      this.#fail(replyError(error, this.#log));
    }
  }

  #fail(error: ErrorReply): void {
    this.abandon();
    this.#error = error;
  }
}
