/** Connections to nodes. */
import { Redis } from 'ioredis';
import { toClientError } from './client-error.js';
import { Route } from './route.js';

const CONNECT_MS_MAX = 3000;
const DEFAULT_PORT = 6379;

/** Connects, or rejects with the reason, which ioredis tells its listeners only. */
export async function opened(redis: Redis): Promise<Redis> {
  let reason: Error | undefined;
  // Without a listener ioredis prints every failed attempt; later ones show in the commands that fail.
  redis.on('error', (error: Error) => (reason = error));
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw toClientError(reason ?? error);
  }
}

/** For a connection that another node's takes the place of when it is lost. */
export const PASSING = {
  lazyConnect: true,
  enableReadyCheck: false,
  retryStrategy: null,
  connectTimeout: CONNECT_MS_MAX,
};

/** Another node, with the same credentials. */
export function openLike(redis: Redis, address: string): Promise<Redis> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(colon + 1)) || DEFAULT_PORT;
  // Without a path, should that one be a unix socket.
  return opened(redis.duplicate({ ...PASSING, host, port, path: '' }));
}

/** Always that one. */
export const routeTo = (redis: Redis): Route =>
  new Route({ addresses: [], open: () => Promise.resolve(redis), openLike }, redis);
