/** The connections that one host opens to another, on loopback, through a gate each way. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Gate } from './gate.js';

export interface Gates {
  there: Gate;
  back: Gate;
}

export interface Endpoint {
  host: string;
  port: number;
}

export class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(
    readonly target: Endpoint,
    readonly gates: Gates,
  ) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void this.#accept(socket));
  }

  static async listen(at: Endpoint, target: Endpoint, gates: Gates): Promise<Proxy> {
    const proxy = new Proxy(target, gates);
    proxy.#server.listen(at);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A handshake needs both ways; the kernel has answered it already, so behind a cut a connection is silent instead of absent. */
  async #accept(near: Socket): Promise<void> {
    this.#keep(near);
    await Promise.all([this.gates.there.opened(), this.gates.back.opened()]);
    if (near.destroyed) return;
    const far = connect({ ...this.target, allowHalfOpen: true, noDelay: true });
    this.#keep(far);
    near.pipe(this.gates.there.stream()).pipe(far);
    far.pipe(this.gates.back.stream()).pipe(near);
    near.once('close', (torn) => void this.#tear(far, this.gates.there, torn));
    far.once('close', (torn) => void this.#tear(near, this.gates.back, torn));
  }

  /** A reset has to travel, too. */
  async #tear(other: Socket, gate: Gate, torn: boolean): Promise<void> {
    if (!torn) return;
    await gate.opened();
    other.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    // 'close' follows, and is what counts.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
