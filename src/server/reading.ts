import type { Transport } from './transport.js';

/** Whether the transport reads: not while much of what it has read is waiting. */
export class Reading {
  readonly #transport: Transport;
  #paused = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport.resume();
  }
}
