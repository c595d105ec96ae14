/** What waits to be sent on a TLS connection: replies, and payloads which are encrypted chunk by chunk out of their segment. */
import type { TLSSocket } from 'node:tls';
import type { NativeStore } from '../native.js';

export interface WaterMarks {
  readonly highWaterBytes: number;
  readonly lowWaterBytes: number;
}

export interface TlsOutputParts extends WaterMarks {
  readonly store: Pick<NativeStore, 'hold' | 'drop' | 'read'>;
  /** The output has fallen below the low-water mark after `write` answered false. */
  drained(): void;
}

/** Bytes of a variable, held until they are encrypted. */
interface Stretch {
  readonly entry: number;
  offset: number;
  length: number;
}

/** Encrypted at a time: about a tenth of a millisecond's work. */
const CHUNK_BYTES = 128 * 1024;
/** What the socket is given ahead of what the peer takes. */
const WINDOW_BYTES = 256 * 1024;

export class TlsOutput {
  readonly #socket: TLSSocket;
  readonly #parts: TlsOutputParts;
  readonly #queue: (Uint8Array | Stretch)[] = [];
  #queuedBytes = 0;
  #scheduled = false;
  /** `write` has answered false, and `drained` wasn't told since. */
  #aboveHighWater = false;
  #ending = false;
  #closed = false;

  constructor(socket: TLSSocket, parts: TlsOutputParts) {
    this.#socket = socket;
    this.#parts = parts;
  }

  /** Bytes queued and not yet sent. */
  get pending(): number {
    return this.#closed ? 0 : this.#queuedBytes + this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ending || this.#closed) return true;
    return this.#add(bytes);
  }

  writeVariable(entry: number, offset: number, length: number): boolean {
    if (this.#ending || this.#closed || length === 0) return true;
    this.#parts.store.hold(entry);
    return this.#add({ entry, offset, length });
  }

  /** Sends what is queued, then closes the sending side. */
  end(): void {
    this.#ending = true;
    this.#schedule();
  }

  /** What is queued is lost. */
  clear(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const item of this.#queue.splice(0)) if (isStretch(item)) this.#parts.store.drop(item.entry);
    this.#queuedBytes = 0;
  }

  #add(item: Uint8Array | Stretch): boolean {
    this.#queue.push(item);
    this.#queuedBytes += item.length;
    this.#schedule();
    if (this.pending <= this.#parts.highWaterBytes) return true;
    this.#aboveHighWater = true;
    return false;
  }

  /** Replies of one turn go out together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#closed) return;
    this.#socket.cork();
    try {
      while (this.#queue.length > 0 && this.#socket.writableLength < WINDOW_BYTES) this.#send(this.#queue[0]!);
    } catch (error) {
      // The segment was truncated: the stream can't be continued.
      this.#socket.destroy(error as Error);
    }
    this.#socket.uncork();
    if (this.#ending && this.#queue.length === 0 && !this.#socket.writableEnded) this.#socket.end();
  }

  #send(item: Uint8Array | Stretch): void {
    const chunk = isStretch(item) ? this.#chunkOf(item) : item;
    if (!isStretch(item) || item.length === 0) this.#queue.shift();
    this.#queuedBytes -= chunk.length;
    this.#socket.write(chunk, () => this.#sent());
  }

  #chunkOf(stretch: Stretch): Buffer {
    const { store } = this.#parts;
    const chunk = store.read(stretch.entry, stretch.offset, Math.min(CHUNK_BYTES, stretch.length));
    stretch.offset += chunk.length;
    stretch.length -= chunk.length;
    if (stretch.length === 0) store.drop(stretch.entry);
    return chunk;
  }

  #sent(): void {
    if (this.#closed) return;
    if (this.#queue.length > 0) this.#pump();
    if (!this.#aboveHighWater || this.pending > this.#parts.lowWaterBytes) return;
    this.#aboveHighWater = false;
    if (!this.#ending) this.#parts.drained();
  }
}

const isStretch = (item: Uint8Array | Stretch): item is Stretch => 'entry' in item;
