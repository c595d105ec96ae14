/** Payloads of other nodes, on connections of their own: they would hold up the messages. */
import type { Redis } from 'ioredis';
import { FabricError } from '../errors.js';
import type { BulkSource, Pieces } from '../fabric/copies.js';
import type { ClusterConfig, ClusterNodeConfig } from './config.js';
import { connected, openPeer, PEER_USER, whyLost } from './peer-redis.js';

export const FETCH_COMMAND = 'FABRIC.FETCH';
/** Fetched at a time. */
const PIECE_BYTES = 1 << 20;

export class BulkLinks {
  readonly #config: ClusterConfig;
  readonly #configOf: (node: string) => ClusterNodeConfig;
  readonly #links = new Map<string, Redis>();

  constructor(config: ClusterConfig, configOf: (node: string) => ClusterNodeConfig) {
    this.#config = config;
    this.#configOf = configOf;
  }

  /** The addon takes payloads in by itself, but where they are encrypted: then they come piece by piece. */
  source(node: string, xid: number): BulkSource | Pieces {
    const { host, port } = this.#configOf(node);
    if (this.#config.tls !== undefined)
      return { fetch: (offset, length) => this.fetch(node, xid, offset, length), pieceBytes: PIECE_BYTES };
    const preamble = Buffer.concat([
      request('AUTH', PEER_USER, this.#config.password),
      request(FETCH_COMMAND, String(xid)),
    ]);
    return { host, port, preamble, replies: 1, silenceMs: this.#config.downMs };
  }

  /** A piece of a payload; REMOTE when the node doesn't answer or has it no more. */
  async fetch(node: string, xid: number, offset: number, length: number): Promise<Buffer> {
    const link = this.#link(node);
    if (link.status !== 'ready') await connected(link);
    let piece: Buffer | null;
    try {
      piece = (await link.callBuffer(FETCH_COMMAND, xid, offset, length)) as Buffer | null;
    } catch (error) {
      throw new FabricError(
        'REMOTE',
        `node ${node} doesn't send the bytes: ${whyLost(link, error as Error)}; try again`,
      );
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
    const link = openPeer(this.#configOf(node), this.#config);
    this.#links.set(node, link);
    return link;
  }
}

function request(...args: readonly string[]): Buffer {
  const bulks = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  return Buffer.from(`*${args.length}\r\n${bulks.join('')}`);
}
