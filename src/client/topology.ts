/** Which nodes a cluster has, where they are reached, and whose memory this process sees. */
import { hostOf, isInReach } from './host.js';
import type { Link } from './link.js';
import { fieldsOf, listOf, textOf } from './replies.js';

export interface KnownNode {
  node: string;
  /** Where it speaks as the node does that was asked: with TLS, or without. */
  address: string;
  /** This process can open its segments: they are the very ones, not others of the same name. */
  here: boolean;
}

export class Topology {
  readonly nodes: readonly KnownNode[];
  readonly #askedMs = performance.now();

  private constructor(nodes: readonly KnownNode[]) {
    this.nodes = nodes;
  }

  static async ask(link: Link): Promise<Topology> {
    const [nodes, segments] = await Promise.all([link.call('FABRIC.NODES'), link.call('FABRIC.SEGMENTS')]);
    const here = new Set<string>();
    for (const segment of listOf(segments).map(fieldsOf)) {
      const host = segment.get('host');
      if (host !== undefined && isInReach(textOf(segment.get('shared_id')), hostOf(host))) {
        here.add(textOf(segment.get('node')));
      }
    }
    const isTls = link.redis.options.tls !== undefined;
    return new Topology(
      listOf(nodes).map((reply) => {
        const fields = fieldsOf(reply);
        const node = textOf(fields.get('node'));
        return { node, address: addressOf(fields, isTls), here: here.has(node) };
      }),
    );
  }

  get ageMs(): number {
    return performance.now() - this.#askedMs;
  }

  get here(): readonly KnownNode[] {
    return this.nodes.filter(({ here }) => here);
  }
}

function addressOf(fields: ReadonlyMap<string, unknown>, isTls: boolean): string {
  const address = textOf(fields.get('address'));
  const tlsPort = Number(fields.get('tls_port'));
  return isTls && tlsPort > 0 ? `${address.slice(0, address.lastIndexOf(':'))}:${tlsPort}` : address;
}
