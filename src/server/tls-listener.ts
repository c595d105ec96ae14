/** Accepts TLS connections; hands them on once their handshake is over. */
import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Logger } from 'pino';
import type { Context } from '../commands/context.js';
import { FabricError } from '../errors.js';

export interface TlsListenerParts {
  readonly config: Context['config'];
  readonly log: Logger;
  accept(socket: TLSSocket, remoteAddress: string, localAddress: string): void;
}

const HANDSHAKE_MS = 10_000;
/** Connections in their handshake, beyond the clients there may be. */
const HANDSHAKES_MAX = 256;

export class TlsListener {
  readonly #parts: TlsListenerParts;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #address = '';
  #closed = false;

  constructor(parts: TlsListenerParts) {
    this.#parts = parts;
    this.#server = createServer(tlsOptions(parts.config.tls));
    this.#server.on('connection', (socket: Socket) => this.#begin(socket));
    this.#server.on('secureConnection', (socket) => this.#accept(socket));
    this.#server.on('tlsClientError', (error: Error, socket) => {
      parts.log.debug({ client: socket.remoteAddress, reason: error.message }, 'a TLS handshake failed');
    });
  }

  /** Resolves to `127.0.0.1:6380` or `[::1]:6380`. */
  async listen(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(host, port, error)));
      this.#server.listen({ host, port, ipv6Only: true }, resolve);
    });
    this.#server.on('error', (error) => this.#parts.log.error({ err: error }, 'a TLS listener failed'));
    this.#address = shownAddress(host, (this.#server.address() as AddressInfo).port);
    return this.#address;
  }

  /** Accepts no more. */
  close(): void {
    this.#closed = true;
    this.#server.close();
  }

  /** Ends what there still is, handshakes too. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #begin(socket: Socket): void {
    if (this.#sockets.size >= this.#parts.config.limits.clientsMax + HANDSHAKES_MAX) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #accept(socket: TLSSocket): void {
    if (this.#closed) {
      socket.destroy();
      return;
    }
    const remoteAddress = shownAddress(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    // With `optional`, Node.js accepts a certificate of whomsoever.
    if (this.#parts.config.tls.clientCertificates !== 'no' && !socket.authorized && hasCertificate(socket)) {
      this.#parts.log.warn(
        { client: remoteAddress, reason: String(socket.authorizationError) },
        'a client certificate was refused',
      );
      socket.destroy();
      return;
    }
    this.#parts.accept(socket, remoteAddress, this.#address);
  }
}

const hasCertificate = (socket: TLSSocket): boolean => Object.keys(socket.getPeerCertificate()).length > 0;

function tlsOptions(tls: Context['config']['tls']): TlsOptions & { allowHalfOpen: boolean } {
  const read = (path: string | undefined): Buffer | undefined => (path === undefined ? undefined : readFileSync(path));
  return {
    cert: read(tls.cert),
    key: read(tls.key),
    ca: read(tls.ca),
    minVersion: tls.minVersion,
    requestCert: tls.clientCertificates !== 'no',
    rejectUnauthorized: tls.clientCertificates === 'required',
    handshakeTimeout: HANDSHAKE_MS,
    // A client that has sent its last request still gets the replies.
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
  };
}

const shownAddress = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

function cannotListen(host: string, port: number, { code, message }: NodeJS.ErrnoException): FabricError {
  const why = code === 'EADDRINUSE' ? 'Address already in use: choose another tls.port' : message;
  return new FabricError('ERR', `can't listen on ${shownAddress(host, port)} with TLS: ${why}`);
}
