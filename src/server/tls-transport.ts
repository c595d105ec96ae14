import type { TLSSocket } from 'node:tls';
import type { NativeStore, NetCallbacks } from '../native.js';
import { TlsInput, type TlsInputParts } from './tls-input.js';
import { TlsOutput, type WaterMarks } from './tls-output.js';
import type { Transport } from './transport.js';

export interface TlsTransportParts {
  readonly store: NativeStore;
  readonly events: NetCallbacks;
  readonly waterMarks: WaterMarks;
  readonly crc32c: TlsInputParts['crc32c'];
}

/** How long a peer that is still sending may keep its closed connection, so that it gets the last replies. */
const LINGER_MS = 1000;

/** A connection over TLS, with the manners of the addon's sockets: events never arrive inside a call, and end with `closed`. */
export class TlsTransport implements Transport {
  readonly #socket: TLSSocket;
  readonly #input: TlsInput;
  readonly #output: TlsOutput;

  constructor(connection: number, socket: TLSSocket, { store, events, waterMarks, crc32c }: TlsTransportParts) {
    this.#socket = socket;
    const setReading = (reading: boolean) => (reading ? socket.resume() : socket.pause());
    this.#input = new TlsInput(connection, { store, events, crc32c, setReading });
    this.#output = new TlsOutput(socket, { store, ...waterMarks, drained: () => events.drain(connection) });
    socket.on('data', (bytes: Buffer) => this.#input.push(bytes));
    socket.on('end', () => this.#input.end());
    // A reset peer or a broken record; `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#release();
      events.closed(connection);
    });
  }

  write(bytes: Uint8Array): boolean {
    return this.#output.write(bytes);
  }

  writeVariable(entry: number, offset: number, length: number): boolean {
    return this.#output.writeVariable(entry, offset, length);
  }

  sink(entry: number, offset: number, length: number, crc32c: number): void {
    this.#input.sink(entry, offset, length, crc32c);
  }

  discard(length: number): void {
    this.#input.discard(length);
  }

  pause(): void {
    this.#input.pause();
  }

  resume(): void {
    this.#input.resume();
  }

  pending(): number {
    return this.#output.pending;
  }

  received(): number {
    return this.#input.received;
  }

  /** What comes is decrypted before it can be looked at. */
  hot(): void {
    return;
  }

  hotUse(): undefined {
    return undefined;
  }

  busy(): boolean {
    return false;
  }

  end(): void {
    this.#input.stop();
    this.#output.end();
    this.#socket.once('finish', () => {
      const timer = setTimeout(() => this.destroy(), LINGER_MS).unref();
      this.#socket.once('close', () => clearTimeout(timer));
    });
  }

  destroy(): void {
    this.#release();
    this.#socket.destroy();
  }

  #release(): void {
    this.#input.stop();
    this.#output.clear();
  }
}
