/** One connection to a node, on which a lost connection and an error reply are two things. */
import { Redis, ReplyError } from 'ioredis';

/** The connection is gone: what was under way may have happened or not. */
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

export class Link {
  readonly #redis: Redis;

  constructor(port: number) {
    this.#redis = new Redis(port, '127.0.0.1', {
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
