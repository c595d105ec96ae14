/** The way out of one connection: replies in order, batched, and no more of them while the client doesn't take them. */
import type { Logger } from 'pino';
import type { Command } from '../commands/command.js';
import type { Context, Session } from '../commands/context.js';
import { encode, encodeBulkHeader } from '../resp/encoder.js';
import type { Output } from '../resp/output.js';
import type { PayloadReply, Reply } from '../resp/reply.js';
import { isError } from './dispatch.js';
import type { ServerMetrics } from './metrics.js';
import type { OutputPool } from './output-pool.js';
import { errorReply, replyError } from './reply-error.js';
import type { Transport } from './transport.js';

export interface RepliesParts {
  readonly outputs: OutputPool;
  readonly config: Context['config'];
  readonly metrics: ServerMetrics;
  readonly log: Logger;
}

/** A longer batch is sent before it is complete, so that a client that doesn't read is noticed. */
const BATCH_BYTES = 32 * 1024;
/** The one command whose handler sets the reply mode, and is not itself skipped by it. */
const REPLY_MODE_COMMAND = 'client|reply';

export class Replies {
  /** The transport has more queued than it likes; its `drain` ends it. */
  congested = false;

  readonly #session: Session;
  readonly #transport: Transport;
  readonly #parts: RepliesParts;
  /** Borrowed between `begin` and `finish`. */
  #output: Output | undefined;
  #stopped = false;

  constructor(session: Session, transport: Transport, parts: RepliesParts) {
    this.#session = session;
    this.#transport = transport;
    this.#parts = parts;
  }

  /** A batch begins. */
  begin(): void {
    this.#output = this.#parts.outputs.borrow();
  }

  /** The batch is sent. */
  finish(): void {
    const output = this.#output;
    if (output === undefined) return;
    this.#flush(output);
    this.#output = undefined;
    this.#parts.outputs.giveBack(output);
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#stopped = true;
  }

  drained(): void {
    this.congested = false;
  }

  /** Queues a reply, or not, as CLIENT REPLY has it. `command` is absent when none was found for the request. */
  answer(command: Command | undefined, reply: Reply): void {
    if (isError(reply)) this.#parts.metrics.countError(reply.text);
    if (this.#silenced(command)) return;
    const output = this.#output!;
    if (typeof reply === 'object' && reply !== null && 'kind' in reply) {
      if (reply.kind === 'none') return;
      if (reply.kind === 'payload') {
        this.#sendPayload(output, reply);
        return;
      }
    }
    this.#encode(output, reply);
    if (output.length >= BATCH_BYTES) this.#flush(output);
  }

  #silenced(command: Command | undefined): boolean {
    if (this.#session.replyMode === 'on') return false;
    if (this.#session.replyMode === 'skip' && command?.name !== REPLY_MODE_COMMAND) this.#session.replyMode = 'on';
    return true;
  }

  #encode(output: Output, reply: Reply): void {
    const { protocol } = this.#session;
    const before = output.length;
    try {
      encode(output, reply, protocol);
    } catch (error) {
      output.truncate(before);
      encode(output, replyError(error, this.#parts.log), protocol);
    }
    const max = this.#parts.config.limits.outputBufferBytesMax;
    const bytes = output.length - before;
    if (bytes <= max) return;
    output.truncate(before);
    const text = `ERR the reply of ${bytes} bytes is longer than output_buffer_bytes_max, ${max}: ask for less at a time`;
    encode(output, errorReply(text), protocol);
  }

  #sendPayload(output: Output, payload: PayloadReply): void {
    encodeBulkHeader(output, payload.length);
    this.#flush(output);
    if (payload.length > 0 && !this.#stopped) {
      this.#parts.metrics.outputBytes += payload.length;
      if (!this.#transport.writeVariable(payload.entry, payload.offset, payload.length)) this.congested = true;
    }
    output.lineEnd();
  }

  #flush(output: Output): void {
    if (output.length === 0) return;
    const bytes = output.take();
    if (this.#stopped) return;
    this.#parts.metrics.outputBytes += bytes.length;
    if (!this.#transport.write(bytes)) this.congested = true;
  }
}
