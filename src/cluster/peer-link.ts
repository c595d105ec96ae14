/** The connection to another node, on which nodes speak with each other: few and short messages, no payloads. */
import { Redis } from 'ioredis';
import { ERROR_CODES, FabricError, type ErrorCode } from '../errors.js';
import type { ClusterNodeConfig } from './config.js';
import type { Reply } from '../resp/reply.js';
import { decodeMessage, encodeMessage } from './peer-messages.js';

/** By which name nodes come in. */
export const PEER_USER = 'fabric-cluster';
export const PEER_COMMAND = 'FABRIC.PEER';

const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 1000;

const codes: ReadonlySet<string> = new Set(ERROR_CODES);

export interface PeerOptions {
  password: string;
  /** A message without an answer for so long has none. */
  answerMs: number;
}

export class PeerLink {
  readonly node: string;
  readonly #redis: Redis;

  constructor({ name, host, port }: Pick<ClusterNodeConfig, 'name' | 'host' | 'port'>, options: PeerOptions) {
    this.node = name;
    this.#redis = new Redis({
      host,
      port,
      username: PEER_USER,
      password: options.password,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: options.answerMs,
      commandTimeout: options.answerMs,
      retryStrategy: (attempt) => Math.min(RETRY_MS_MIN * 2 ** attempt, RETRY_MS_MAX),
      protocol: 2,
    });
    // Whoever asks something of a node that can't be reached is told.
    this.#redis.on('error', () => undefined);
  }

  /** NOCOORD-like trouble is the caller's to word: an error that isn't a FabricError says that there was no answer. */
  async ask(verb: string, message: unknown): Promise<unknown> {
    await this.#connected();
    try {
      return decodeMessage((await this.#redis.call(PEER_COMMAND, verb, encodeMessage(message))) as string);
    } catch (error) {
      throw fabricErrorOf(error);
    }
  }

  /** A command of a client, in its own words; the answer is passed on as it is. */
  async forward([command, ...args]: readonly Buffer[]): Promise<Reply> {
    await this.#connected();
    try {
      return (await this.#redis.callBuffer(command!.toString(), args)) as Reply;
    } catch (error) {
      throw fabricErrorOf(error);
    }
  }

  async #connected(): Promise<void> {
    if (this.#redis.status === 'wait') await this.#redis.connect().catch(() => undefined);
  }

  close(): void {
    this.#redis.disconnect();
  }
}

function fabricErrorOf(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return error;
  const [, code, message] = /^([A-Z]+) (.*)$/s.exec(error.message) ?? [];
  if (code === undefined || message === undefined || !codes.has(code)) return new FabricError('ERR', error.message);
  return new FabricError(code as ErrorCode, message);
}
