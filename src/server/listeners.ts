import { TLS_PREFIX } from '../commands/listeners.js';
import type { NativeNet } from '../native.js';
import type { TlsListener } from './tls-listener.js';

/** What the server accepts on, and how sessions call their local end. */
export class Listeners {
  readonly #net: NativeNet;
  /** By the net's number: `127.0.0.1:6379`, `[::1]:6379` or `unix:/path`. */
  readonly #addresses = new Map<number, string>();
  readonly #tls: TlsListener[] = [];
  readonly #tlsAddresses: string[] = [];

  constructor(net: NativeNet) {
    this.#net = net;
  }

  get addresses(): string[] {
    return [...this.#addresses.values(), ...this.#tlsAddresses];
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

  async openTls(listener: TlsListener, host: string, port: number): Promise<void> {
    this.#tls.push(listener);
    this.#tlsAddresses.push(TLS_PREFIX + (await listener.listen(host, port)));
  }

  /** Accepts no more. */
  close(): void {
    for (const listener of this.#addresses.keys()) this.#net.closeListener(listener);
    this.#addresses.clear();
    for (const listener of this.#tls) listener.close();
    this.#tlsAddresses.length = 0;
  }

  /** Ends the TLS connections nobody knows any more: the addon ends its own. */
  destroy(): void {
    for (const listener of this.#tls) listener.destroy();
  }
}
