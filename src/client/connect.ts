import type { ConnectionOptions } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import { FabricError } from '../errors.js';
import { FabricClient } from './fabric.js';
import { opened, openLike, PASSING } from './open.js';
import { Route } from './route.js';

export interface ConnectOptions {
  /** `redis://[user:password@]host:port`, `rediss://…` for TLS, or the path of a unix socket; instead of the next three. */
  url?: string;
  /** Addresses of nodes of one cluster, instead of the four others: `host:port`, or as `url`. */
  nodes?: readonly string[];
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
 *
 * With several addresses (`connect(['10.0.0.1:6379', '10.0.0.2:6379'])`, or `nodes`) the node whose memory this process sees is asked,
 * else the first that answers, and another when that is gone. Not all nodes of the cluster need be named.
 */
export async function connect(options: ConnectOptions | string | readonly string[] = {}): Promise<FabricClient> {
  const given = connectOptions(options);
  const { nodes, ...single } = given;
  if (nodes === undefined) return new FabricClient(await opened(redisOf(single)));
  if (nodes.length === 0) throw new FabricError('ERR', 'nodes is empty: name the address of one node at least');
  const route = new Route({
    addresses: nodes,
    open: (address) => opened(redisOf({ ...single, url: urlOf(address), redis: { ...single.redis, ...PASSING } })),
    openLike,
  });
  await route.home();
  return new FabricClient(route);
}

function connectOptions(options: ConnectOptions | string | readonly string[]): ConnectOptions {
  if (typeof options === 'string') return { url: options };
  return isList(options) ? { nodes: options } : options;
}

const isList = (options: ConnectOptions | readonly string[]): options is readonly string[] => Array.isArray(options);

const urlOf = (address: string): string =>
  address.includes('://') || address.startsWith('/') ? address : `redis://${address}`;

function redisOf({ url, redis: others, ...address }: Omit<ConnectOptions, 'nodes'>): Redis {
  // The check is made with INFO, which few users may run, and a node has no state of loading.
  const given = { enableReadyCheck: false, ...others, ...address, lazyConnect: true };
  return url === undefined ? new Redis({ host: '127.0.0.1', ...given }) : new Redis(url, given);
}
