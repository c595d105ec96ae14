/** The connection to another node, on which nodes speak with each other: few and short messages, no payloads. */
import type { Redis } from 'ioredis';
import { ERROR_CODES, FabricError, type ErrorCode } from '../errors.js';
import type { ClusterConfig, ClusterNodeConfig } from './config.js';
import { connected, openPeer, whyLost } from './peer-redis.js';

export const PEER_COMMAND = 'FABRIC.PEER';

const codes: ReadonlySet<string> = new Set(ERROR_CODES);

export class PeerLink {
  readonly #redis: Redis;
  readonly #node: string;
  /** Why there is no connection. */
  #trouble: string | undefined;

  /** `onLost`: what was sent and isn't acknowledged may have been taken or not. */
  constructor(node: ClusterNodeConfig, config: ClusterConfig, onLost: () => void) {
    this.#node = node.name;
    this.#redis = openPeer(node, config);
    this.#redis.on('close', onLost);
    this.#redis.on('error', (error) => (this.#trouble = troubleOf(error)));
    this.#redis.on('ready', () => (this.#trouble = undefined));
  }

  /** Resolves when the other node has them, in the order of the calls: to the answers that are there at once. */
  async send(messages: readonly Buffer[]): Promise<Buffer[]> {
    if (this.#redis.status !== 'ready') await connected(this.#redis);
    try {
      return (await this.#redis.callBuffer(PEER_COMMAND, ...messages)) as Buffer[];
    } catch (error) {
      throw this.#fabricError(error);
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  #fabricError(error: unknown): FabricError {
    if (!(error instanceof Error)) return new FabricError('ERR', String(error));
    if (error.name !== 'ReplyError')
      return new FabricError(
        'REMOTE',
        `node ${this.#node} doesn't answer (${this.#trouble ?? whyLost(this.#redis, error)}); try again when it is back`,
      );
    const [, code, message] = /^([A-Z]+) (.*)$/s.exec(error.message) ?? [];
    if (code === undefined || message === undefined || !codes.has(code)) return new FabricError('ERR', error.message);
    return new FabricError(code as ErrorCode, message);
  }
}

const troubleOf = ({ message }: Error): string =>
  /^(WRONGPASS|NOAUTH|NOPERM)/.test(message)
    ? `it refuses this node with ${message.split(' ', 1)[0]!}: cluster.password must be the same on all nodes`
    : message;
