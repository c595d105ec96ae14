/** The connection to a node, and further ones for commands that block. */
import type { Redis } from 'ioredis';
import { isFabricError } from '../errors.js';
import { NodeLostError, toClientError } from './client-error.js';

export type Argument = string | number | Buffer;

/** Connections kept for the next wait. */
const IDLE_WAITERS_MAX = 4;

export class Link {
  readonly redis: Redis;
  /** Rises with every new connection. */
  #epoch = 0;
  #closed = false;
  readonly #lasting: boolean;
  readonly #waiters = new Set<Redis>();
  readonly #idle: Redis[] = [];

  /** `lasting`: a lost connection is made again, and what was sent on it sent again. */
  constructor(redis: Redis, lasting = true) {
    this.redis = redis;
    this.#lasting = lasting;
    redis.on('close', () => this.#epoch++);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** What is sent now has a chance. */
  get usable(): boolean {
    return !this.#closed && (this.#lasting || this.redis.status === 'ready');
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Both ends have the same address (unix sockets have none), so the node runs on this machine. */
  get local(): boolean {
    const { localAddress, remoteAddress, destroyed } = this.redis.stream;
    return !destroyed && localAddress === remoteAddress;
  }

  /** Bulk strings come back as Buffers. Errors of the server become FabricErrors. */
  async call(command: string, ...args: Argument[]): Promise<unknown> {
    if (!this.usable && !this.#closed) throw new NodeLostError('the connection to the node was lost before', false);
    return this.#callOn(this.redis, command, args);
  }

  /** As `call`, on a connection that nobody else waits behind. */
  async callBlocking(command: string, ...args: Argument[]): Promise<unknown> {
    const waiter = this.#idle.pop() ?? this.#newWaiter();
    try {
      return await this.#callOn(waiter, command, args);
    } finally {
      if (this.#closed || this.#idle.length >= IDLE_WAITERS_MAX) this.#drop(waiter);
      else this.#idle.push(waiter);
    }
  }

  /** Who waits gets an error. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#waiters) this.#drop(waiter);
    if (this.redis.status !== 'ready') this.redis.disconnect();
    else await this.redis.quit();
  }

  async #callOn(redis: Redis, command: string, args: Argument[]): Promise<unknown> {
    try {
      return await redis.callBuffer(command, args);
    } catch (cause) {
      const error = toClientError(cause);
      if (this.#lasting || this.#closed || isFabricError(error)) throw error;
      throw new NodeLostError(`the connection to the node was lost during ${command} (${error.message})`, true, {
        cause,
      });
    }
  }

  #newWaiter(): Redis {
    const waiter = this.redis.duplicate();
    // The command that waits reports it.
    waiter.on('error', () => undefined);
    this.#waiters.add(waiter);
    return waiter;
  }

  #drop(waiter: Redis): void {
    this.#waiters.delete(waiter);
    waiter.disconnect();
  }
}
