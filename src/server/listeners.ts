import type { NativeNet } from '../native.js';

/** The sockets the server accepts on, and how sessions call their local end. */
export class Listeners {
  readonly #net: NativeNet;
  /** By the net's number: `127.0.0.1:6379`, `[::1]:6379` or `unix:/path`. */
  readonly #addresses = new Map<number, string>();

  constructor(net: NativeNet) {
    this.#net = net;
  }

  get addresses(): string[] {
    return [...this.#addresses.values()];
  }

  address(listener: number): string {
    return this.#addresses.get(listener) ?? '';
  }

  openTcp(host: string, port: number): void {
    const opened = this.#net.listenTcp(host, port);
    const shown = host.includes(':') ? `[${host}]` : host;
    this.#addresses.set(opened.listener, `${shown}:${opened.port}`);
  }

  openUnix(path: string, mode: number): void {
    this.#addresses.set(this.#net.listenUnix(path, mode).listener, `unix:${path}`);
  }

  close(): void {
    for (const listener of this.#addresses.keys()) this.#net.closeListener(listener);
    this.#addresses.clear();
  }
}
