/** The way out of one connection: replies and pushes in order, batched, and no more replies while the client doesn't take them. */
import type { Logger } from 'pino';
import type { Command } from '../commands/command.js';
import type { Context, Session } from '../commands/context.js';
import { encode, encodeArrayHeader, encodeBulkHeader } from '../resp/encoder.js';
import type { Output } from '../resp/output.js';
import type { Push } from '../resp/push.js';
import type { EncodedArray, ItemsReply, PayloadReply, Reply } from '../resp/reply.js';
import type { ServerMetrics } from './metrics.js';
import type { OutputPool } from './output-pool.js';
import { errorReply, replyError } from './reply-error.js';
import { isError, isNone } from './reply-kinds.js';
import type { Transport } from './transport.js';

export interface RepliesParts {
  readonly outputs: OutputPool;
  readonly config: Context['config'];
  readonly metrics: ServerMetrics;
  readonly log: Logger;
}

/** An array on its way, item by item; pushes wait for its end. */
interface OpenArray {
  /** CLIENT REPLY has it that nothing of it is sent. */
  readonly silenced: boolean;
  /** Its items are pieces of one bulk string. */
  readonly bulk: boolean;
  readonly pushes: Push[];
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
  #array: OpenArray | undefined;
  /** Bytes of the pushes that wait for the end of an array. */
  #waitingBytes = 0;
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
    if (this.#stopped) return;
    if (isError(reply)) this.#parts.metrics.countError(reply.text);
    if (!this.#silenced(command) && !isNone(reply)) this.#send(reply);
  }

  /** Begins a reply whose items follow one by one. */
  openArray(command: Command, { items, bulkBytes }: ItemsReply): void {
    this.#array = { silenced: this.#silenced(command), bulk: bulkBytes !== undefined, pushes: [] };
    if (this.#array.silenced) return;
    if (bulkBytes === undefined) encodeArrayHeader(this.#output!, items);
    else encodeBulkHeader(this.#output!, bulkBytes);
  }

  item(reply: Reply): void {
    if (isError(reply)) this.#parts.metrics.countError(reply.text);
    // Each item is counted on: nothing in place of one would put the connection out of step.
    if (this.#array?.silenced !== false) return;
    if (this.#array.bulk) this.#sendPiece(reply as Buffer);
    else this.#send(isNone(reply) ? null : reply);
  }

  #sendPiece(piece: Buffer): void {
    this.#flush(this.#output!);
    this.#write(piece);
  }

  /** Ends the array; the pushes that came meanwhile follow. */
  closeArray(): void {
    const pushes = this.#array?.pushes ?? [];
    if (this.#array?.bulk === true && !this.#array.silenced) this.#output!.lineEnd();
    this.#array = undefined;
    this.#waitingBytes = 0;
    for (const push of pushes) this.#sendPush(this.#output!, push);
  }

  /** Queues a message: at once or with the batch at hand, whatever CLIENT REPLY has. */
  push(push: Push): void {
    if (this.#stopped) return;
    if (this.#array !== undefined) {
      this.#array.pushes.push(push);
      this.#waitingBytes += push.bytes(this.#session.protocol).length;
    } else if (this.#output !== undefined) {
      this.#sendPush(this.#output, push);
    } else {
      this.#write(push.bytes(this.#session.protocol));
    }
  }

  /** Bytes of pushes and replies the client has yet to take. */
  get pendingBytes(): number {
    return this.#transport.pending() + this.#waitingBytes + (this.#output?.length ?? 0);
  }

  #send(reply: Reply): void {
    const output = this.#output!;
    if (typeof reply === 'object' && reply !== null && 'kind' in reply) {
      if (reply.kind === 'payload') {
        this.#sendPayload(output, reply);
        return;
      }
      if (reply.kind === 'encoded') {
        this.#sendEncoded(output, reply);
        return;
      }
    }
    this.#encode(output, reply);
    if (output.length >= BATCH_BYTES) this.#flush(output);
  }

  #sendPush(output: Output, push: Push): void {
    const bytes = push.bytes(this.#session.protocol);
    if (bytes.length >= BATCH_BYTES) {
      this.#flush(output);
      this.#write(bytes);
      return;
    }
    output.bytes(bytes);
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

  #sendEncoded(output: Output, { items, chunks }: EncodedArray): void {
    encodeArrayHeader(output, items);
    this.#flush(output);
    for (const chunk of chunks) this.#write(chunk);
  }

  #flush(output: Output): void {
    if (output.length > 0) this.#write(output.take());
  }

  #write(bytes: Buffer): void {
    if (this.#stopped) return;
    this.#parts.metrics.outputBytes += bytes.length;
    if (!this.#transport.write(bytes)) this.congested = true;
  }
}
