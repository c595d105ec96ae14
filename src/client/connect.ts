import type { ConnectionOptions } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import { toClientError } from './client-error.js';
import { FabricClient } from './fabric.js';

export interface ConnectOptions {
  /** `redis://[user:password@]host:port`, `rediss://…` for TLS, or the path of a unix socket; instead of the next three. */
  url?: string;
  /** 127.0.0.1 */
  host?: string;
  /** 6379 */
  port?: number;
  /** A unix socket. */
  path?: string;
  username?: string;
  password?: string;
  /** For TLS: `ca`, and `cert` and `key` where the node wants a client certificate; `{}` trusts the system's authorities. */
  tls?: ConnectionOptions;
  /** Anything else ioredis understands. */
  redis?: Omit<RedisOptions, 'lazyConnect' | 'replyMapping'>;
}

/**
 * Connects to a node: `const fabric = await connect({ port: 6379 })`. Fails when it can't be reached or refuses the password; once
 * connected, a lost connection is made again.
 */
export async function connect(options: ConnectOptions | string = {}): Promise<FabricClient> {
  const { url, redis: others, ...address } = typeof options === 'string' ? { url: options } : options;
  // The check is made with INFO, which few users may run, and a node has no state of loading.
  const given = { enableReadyCheck: false, ...others, ...address, lazyConnect: true };
  const redis = url === undefined ? new Redis({ host: '127.0.0.1', ...given }) : new Redis(url, given);
  let reason: Error | undefined;
  // Without a listener ioredis prints every failed attempt; later ones show in the commands that fail.
  redis.on('error', (error: Error) => (reason = error));
  try {
    await redis.connect();
    return new FabricClient(redis);
  } catch (error) {
    redis.disconnect();
    throw toClientError(reason ?? error);
  }
}
