/** One connection to a node, on which a lost connection and an error reply are two things. */
import { Redis, ReplyError, type RedisOptions } from 'ioredis';

/** The connection is gone, or the time is over: what was under way may have happened or not. */
export class ConnectionLost extends Error {}

/** The node answered with an error; nothing happened. */
export class Refused extends Error {
  readonly code: string;

  constructor(message: string) {
    super(message);
    this.code = message.split(' ', 1)[0]!;
  }
}

export type Argument = string | number | Buffer;

/** Where a node is reached, and how long it may take. */
export type LinkTarget = Pick<
  RedisOptions,
  'host' | 'port' | 'path' | 'password' | 'connectTimeout' | 'commandTimeout'
>;

export class Link {
  readonly #redis: Redis;

  /** The port of a node on this machine, or more. */
  constructor(target: number | LinkTarget) {
    this.#redis = new Redis({
      host: '127.0.0.1',
      ...(typeof target === 'number' ? { port: target } : target),
      retryStrategy: () => null,
      enableReadyCheck: false,
      maxRetriesPerRequest: null,
      disableClientInfo: true,
    });
    // Told by the commands under way.
    this.#redis.on('error', () => undefined);
  }

  /** Bulks of the reply are Buffers. */
  readonly call = async (command: string, ...args: Argument[]): Promise<unknown> => {
    try {
      return await this.#redis.callBuffer(command, ...args);
    } catch (error) {
      if (error instanceof ReplyError) throw new Refused((error as Error).message);
      throw new ConnectionLost(`${command}: ${(error as Error).message}`);
    }
  };

  close(): void {
    this.#redis.disconnect();
  }
}
