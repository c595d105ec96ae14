/** The connection to another node, on which nodes speak with each other: few and short messages, no payloads. */
import { Redis } from 'ioredis';
import { ERROR_CODES, FabricError, type ErrorCode } from '../errors.js';
import type { ClusterNodeConfig } from './config.js';

/** By which name nodes come in. */
export const PEER_USER = 'fabric-cluster';
export const PEER_COMMAND = 'FABRIC.PEER';

const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 1000;

const codes: ReadonlySet<string> = new Set(ERROR_CODES);

export interface PeerOptions {
  password: string;
  /** What isn't acknowledged within that time is lost, and the connection with it. */
  silenceMs: number;
  onLost: () => void;
}

export class PeerLink {
  readonly #redis: Redis;
  readonly #node: string;

  constructor({ name, host, port }: Pick<ClusterNodeConfig, 'name' | 'host' | 'port'>, options: PeerOptions) {
    this.#node = name;
    this.#redis = new Redis({
      host,
      port,
      username: PEER_USER,
      password: options.password,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: options.silenceMs,
      socketTimeout: options.silenceMs,
      retryStrategy: (attempt) => Math.min(RETRY_MS_MIN * 2 ** attempt, RETRY_MS_MAX),
      protocol: 2,
    });
    // Whoever asks something of a node that can't be reached is told.
    this.#redis.on('error', () => undefined);
    this.#redis.on('close', options.onLost);
  }

  /** Resolves when the other node has it, in the order of the calls: to its answer, or to what says that this comes later. */
  async send(message: Buffer): Promise<Buffer> {
    if (this.#redis.status !== 'ready') await this.#connected();
    try {
      return (await this.#redis.callBuffer(PEER_COMMAND, message)) as Buffer;
    } catch (error) {
      throw this.#fabricError(error);
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #connected(): Promise<void> {
    if (this.#redis.status === 'wait') await this.#redis.connect().catch(() => undefined);
  }

  #fabricError(error: unknown): FabricError {
    if (!(error instanceof Error)) return new FabricError('ERR', String(error));
    if (error.name !== 'ReplyError')
      return new FabricError(
        'REMOTE',
        `node ${this.#node} doesn't answer (${error.message}); try again when it is back`,
      );
    const [, code, message] = /^([A-Z]+) (.*)$/s.exec(error.message) ?? [];
    if (code === undefined || message === undefined || !codes.has(code)) return new FabricError('ERR', error.message);
    return new FabricError(code as ErrorCode, message);
  }
}
