/** What arrives on a TLS connection: for the server, or for the target of a large bulk. */
import type { NativeStore, NetCallbacks } from '../native.js';

export interface TlsInputParts {
  readonly store: Pick<NativeStore, 'write'>;
  readonly events: Pick<NetCallbacks, 'data' | 'sunk' | 'sinkFailed' | 'end'>;
  readonly crc32c: (bytes: Uint8Array, seed: number) => number;
  /** Of the socket. */
  readonly setReading: (reading: boolean) => void;
}

interface Bulk {
  /** Absent: dropped. */
  entry: number | undefined;
  offset: number;
  remaining: number;
  crc32c: number;
}

/**
 * A paused connection is read on until this much waits here: a peer that goes away meanwhile is noticed only by reading, and what it
 * waits for should give up then.
 */
const STASH_BYTES_MAX = 256 * 1024;

export class TlsInput {
  /** Bytes that have arrived, bulks included. */
  received = 0;
  readonly #connection: number;
  readonly #parts: TlsInputParts;
  #bulk: Bulk | undefined;
  /** What arrived while paused. */
  readonly #stash: Buffer[] = [];
  #stashBytes = 0;
  #paused = false;
  #stopped = false;

  constructor(connection: number, parts: TlsInputParts) {
    this.#connection = connection;
    this.#parts = parts;
  }

  push(bytes: Buffer): void {
    this.received += bytes.length;
    if (this.#stopped) return;
    if (!this.#paused && this.#stash.length === 0) {
      this.#deliver(bytes);
      return;
    }
    this.#stash.push(bytes);
    this.#stashed(bytes.length);
  }

  /** The peer has closed its sending side; what is stashed still comes after `resume`. */
  end(): void {
    if (!this.#stopped) this.#parts.events.end(this.#connection);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#stash.length > 0) setImmediate(() => this.#unstash());
  }

  sink(entry: number, offset: number, length: number, crc32c: number): void {
    this.#await({ entry, offset, remaining: length, crc32c });
  }

  discard(length: number): void {
    this.#await({ entry: undefined, offset: 0, remaining: length, crc32c: 0 });
  }

  /** Whatever comes is dropped. */
  stop(): void {
    this.#stopped = true;
    this.#bulk = undefined;
    this.#stash.length = 0;
    this.#stashBytes = 0;
    this.#parts.setReading(true);
  }

  #await(bulk: Bulk): void {
    if (this.#stopped) return;
    this.#bulk = bulk;
    // Events never arrive inside a call.
    if (bulk.remaining === 0) setImmediate(() => this.#finish(bulk));
  }

  #unstash(): void {
    while (this.#stash.length > 0 && !this.#paused && !this.#stopped) {
      const bytes = this.#stash.shift()!;
      this.#stashed(-bytes.length);
      this.#deliver(bytes);
    }
  }

  #stashed(bytes: number): void {
    const wasFull = this.#stashBytes > STASH_BYTES_MAX;
    this.#stashBytes += bytes;
    const full = this.#stashBytes > STASH_BYTES_MAX;
    if (full !== wasFull) this.#parts.setReading(!full);
  }

  /** The server may pause, or ask for a bulk, between the parts of it. */
  #deliver(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0 && !this.#stopped) {
      if (this.#paused) {
        this.#stash.unshift(rest);
        this.#stashed(rest.length);
        return;
      }
      if (this.#bulk === undefined) {
        this.#parts.events.data(this.#connection, rest);
        return;
      }
      const part = rest.subarray(0, this.#bulk.remaining);
      rest = rest.subarray(part.length);
      this.#fill(this.#bulk, part);
    }
  }

  #fill(bulk: Bulk, part: Buffer): void {
    if (bulk.entry !== undefined) {
      try {
        this.#parts.store.write(bulk.entry, bulk.offset, part);
        bulk.crc32c = this.#parts.crc32c(part, bulk.crc32c);
      } catch {
        bulk.entry = undefined;
        bulk.crc32c = 0;
        this.#parts.events.sinkFailed(this.#connection);
      }
    }
    bulk.offset += part.length;
    bulk.remaining -= part.length;
    if (bulk.remaining === 0) this.#finish(bulk);
  }

  #finish(bulk: Bulk): void {
    if (this.#stopped || this.#bulk !== bulk) return;
    this.#bulk = undefined;
    this.#parts.events.sunk(this.#connection, bulk.crc32c);
  }
}
