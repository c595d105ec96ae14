import type { Transport } from './transport.js';

/** Leave for the transport to answer plain requests by itself. */
export class HotLoan {
  readonly #transport: Transport;
  /** The version of RESP in which it may; 0: not at all. */
  #protocol: 0 | 2 | 3 = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  set(protocol: 0 | 2 | 3): void {
    if (protocol === this.#protocol) return;
    this.#protocol = protocol;
    this.#transport.hot(protocol);
  }

  /** The transport ends the loan itself when it hands something over. */
  ended(): void {
    this.#protocol = 0;
  }
}
