/** A client's connection to another node, as all links between nodes make it. */
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import type { ClusterConfig, ClusterNodeConfig } from './config.js';

/** By which name nodes come in. */
export const PEER_USER = 'fabric-cluster';

const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 1000;

/** Where and as whom a node is asked by another. */
export function peerOptions({ host, port, tlsPort }: ClusterNodeConfig, { password, tls }: ClusterConfig) {
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  return {
    host,
    port: tls === undefined ? port : tlsPort!,
    ...(tls === undefined ? {} : { tls: { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key) } }),
    username: PEER_USER,
    password,
  };
}

/** Connects when it is first needed, and again when the connection was lost. */
export function openPeer(node: ClusterNodeConfig, cluster: ClusterConfig): Redis {
  const { downMs } = cluster;
  const redis = new Redis({
    ...peerOptions(node, cluster),
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: downMs,
    socketTimeout: downMs,
    retryStrategy: (attempt) => Math.min(RETRY_MS_MIN * 2 ** attempt, RETRY_MS_MAX),
    protocol: 2,
  });
  // Whoever asks something of a node that can't be reached is told.
  redis.on('error', () => undefined);
  return redis;
}

/** Attempts that are waited for, however many do. */
const attempts = new WeakMap<Redis, Promise<void>>();

/** Resolves when an attempt under way has ended, however; what is asked then says whether the node can be reached. */
export async function connected(redis: Redis): Promise<void> {
  if (redis.status === 'wait') await redis.connect().catch(() => undefined);
  else if (redis.status === 'connecting' || redis.status === 'connect') {
    const attempt = attempts.get(redis) ?? ended(redis).finally(() => attempts.delete(redis));
    attempts.set(redis, attempt);
    await attempt;
  }
}

async function ended(redis: Redis): Promise<void> {
  await Promise.race([once(redis, 'ready'), once(redis, 'close')]).catch(() => undefined);
}

/** ioredis speaks of its queues where there is no connection. */
export const whyLost = ({ status }: Redis, error: Error): string =>
  status === 'ready' ? error.message : "it can't be reached";
