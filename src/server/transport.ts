import type { HotUse, NativeNet, NativeStore } from '../native.js';

/** The byte pipe under a connection. Its owner gets `data`, `sunk`, `end`, `drain` and `closed` called on itself. */
export interface Transport {
  /** Queues bytes; false when the output stands above its high-water mark, and `drain` follows. The bytes must not change any more. */
  write(bytes: Uint8Array): boolean;
  /** Queues bytes of a variable, straight from its segment. */
  writeVariable(entry: number, offset: number, length: number): boolean;
  /** The next `length` incoming bytes go to `offset` of a reservation; `crc32c` is that of the bytes before. Then `sunk`. */
  sink(entry: number, offset: number, length: number, crc32c: number): void;
  /** The next `length` incoming bytes are dropped. Then `sunk`. */
  discard(length: number): void;
  /** Stops and resumes reading. */
  pause(): void;
  resume(): void;
  /** Bytes queued and not yet sent. */
  pending(): number;
  /** Bytes received so far, sunk and dropped ones included. */
  received(): number;
  /**
   * Lets plain requests be answered without `data`, in that version of RESP, until the next `data`, or no longer (0). A transport that
   * can't do so ignores it.
   */
  hot(protocol: 0 | 2 | 3): void;
  /** The latest of them, since the last `data`. */
  hotUse(): HotUse | undefined;
  /** A bulk of theirs is on its way in. */
  busy(): boolean;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** A connection of the addon's own sockets. */
export class NetTransport implements Transport {
  readonly #net: NativeNet;
  readonly #store: NativeStore;
  readonly #connection: number;

  constructor(net: NativeNet, store: NativeStore, connection: number) {
    this.#net = net;
    this.#store = store;
    this.#connection = connection;
  }

  write(bytes: Uint8Array): boolean {
    return this.#net.write(this.#connection, bytes);
  }

  writeVariable(entry: number, offset: number, length: number): boolean {
    return this.#net.writeVariable(this.#connection, this.#store, entry, offset, length);
  }

  sink(entry: number, offset: number, length: number, crc32c: number): void {
    this.#net.sink(this.#connection, this.#store, entry, offset, length, crc32c);
  }

  discard(length: number): void {
    this.#net.discard(this.#connection, length);
  }

  pause(): void {
    this.#net.pause(this.#connection);
  }

  resume(): void {
    this.#net.resume(this.#connection);
  }

  pending(): number {
    return this.#net.pending(this.#connection);
  }

  received(): number {
    return this.#net.received(this.#connection);
  }

  hot(protocol: 0 | 2 | 3): void {
    this.#net.hot(this.#connection, protocol);
  }

  hotUse(): HotUse | undefined {
    return this.#net.hotUse(this.#connection);
  }

  busy(): boolean {
    return this.#net.busy(this.#connection);
  }

  end(): void {
    this.#net.end(this.#connection);
  }

  destroy(): void {
    this.#net.destroy(this.#connection);
  }
}
