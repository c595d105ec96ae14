import type { Transport } from './transport.js';

/** How long a peer has sent nothing, by looking now and then; sunk and dropped bytes count as sent. */
export class Silence {
  readonly #transport: Transport;
  #receivedBytes = 0;
  #sinceMs: number;

  constructor(transport: Transport, nowMs: number) {
    this.#transport = transport;
    this.#sinceMs = nowMs;
  }

  /** Milliseconds of silence; time during which it was not the peer's turn is `excused`. */
  look(nowMs: number, excused: boolean): number {
    const received = this.#transport.received();
    if (excused || received !== this.#receivedBytes) {
      this.#receivedBytes = received;
      this.#sinceMs = nowMs;
    }
    return nowMs - this.#sinceMs;
  }
}
