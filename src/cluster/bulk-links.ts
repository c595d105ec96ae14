/** Payloads of other nodes, on connections of their own: they would hold up the messages. */
import { Redis } from 'ioredis';
import { FabricError } from '../errors.js';
import type { BulkSource } from '../fabric/copies.js';
import type { ClusterConfig, ClusterNodeConfig } from './config.js';
import { PEER_USER } from './peer-link.js';

export const FETCH_COMMAND = 'FABRIC.FETCH';

export class BulkLinks {
  readonly #config: ClusterConfig;
  readonly #configOf: (node: string) => ClusterNodeConfig;
  readonly #links = new Map<string, Redis>();

  constructor(config: ClusterConfig, configOf: (node: string) => ClusterNodeConfig) {
    this.#config = config;
    this.#configOf = configOf;
  }

  source(node: string, xid: number): BulkSource {
    const { host, port } = this.#configOf(node);
    const preamble = Buffer.concat([
      request('AUTH', PEER_USER, this.#config.password),
      request(FETCH_COMMAND, String(xid)),
    ]);
    return { host, port, preamble, replies: 1, silenceMs: this.#config.downMs };
  }

  /** A piece of a payload; REMOTE when the node doesn't answer or has it no more. */
  async fetch(node: string, xid: number, offset: number, length: number): Promise<Buffer> {
    const link = this.#link(node);
    if (link.status === 'wait') await link.connect().catch(() => undefined);
    let piece: Buffer | null;
    try {
      piece = (await link.callBuffer(FETCH_COMMAND, xid, offset, length)) as Buffer | null;
    } catch (error) {
      throw new FabricError('REMOTE', `node ${node} doesn't send the bytes: ${(error as Error).message}; try again`);
    }
    if (piece?.length === length) return piece;
    throw new FabricError(
      'REMOTE',
      `node ${node} has the variable no more: it was removed or moved meanwhile; ask again`,
    );
  }

  close(): void {
    for (const link of this.#links.values()) link.disconnect();
    this.#links.clear();
  }

  #link(node: string): Redis {
    const known = this.#links.get(node);
    if (known !== undefined) return known;
    const { host, port } = this.#configOf(node);
    const silenceMs = this.#config.downMs;
    const link = new Redis({
      host,
      port,
      username: PEER_USER,
      password: this.#config.password,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: silenceMs,
      socketTimeout: silenceMs,
    });
    link.on('error', () => undefined);
    this.#links.set(node, link);
    return link;
  }
}

function request(...args: readonly string[]): Buffer {
  const bulks = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  return Buffer.from(`*${args.length}\r\n${bulks.join('')}`);
}
