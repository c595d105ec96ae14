import type { Context } from './context.js';

/** How the addresses of TLS listeners begin. */
export const TLS_PREFIX = 'tls:';

/** The port in use: the configured one may be 0, for any free one. */
export function tcpPort({ server, config }: Context): number {
  for (const listener of server.listeners) {
    if (listener.startsWith(TLS_PREFIX)) continue;
    const port = /:([0-9]+)$/.exec(listener)?.[1];
    if (port !== undefined) return Number(port);
  }
  return config.listen.hosts.length === 0 ? 0 : config.listen.port;
}
