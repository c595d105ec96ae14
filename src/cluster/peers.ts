/** A link to each other node, made when it is first needed. */
import { FabricError } from '../errors.js';
import type { ClusterConfig, ClusterNodeConfig } from './config.js';
import { PeerLink } from './peer-link.js';
import type { Candidate } from '../fabric/gate.js';
import type {
  CoordinatorPort,
  Copy,
  Hello,
  InventoryPage,
  MemberPort,
  NodeStatus,
  Pulse,
  Welcome,
} from './peer-messages.js';

export class Peers {
  readonly #config: ClusterConfig;
  readonly #links = new Map<string, PeerLink>();

  constructor(config: ClusterConfig) {
    this.#config = config;
  }

  configOf(node: string): ClusterNodeConfig | undefined {
    return this.#config.nodes.find(({ name }) => name === node);
  }

  /** NOTFOUND for a node that isn't configured. */
  link(node: string): PeerLink {
    const known = this.#links.get(node);
    if (known !== undefined) return known;
    const config = this.configOf(node);
    if (config === undefined) {
      const names = this.#config.nodes.map(({ name }) => name).join(', ');
      throw new FabricError(
        'NOTFOUND',
        `no node '${node}' in this cluster: it has ${names} (FABRIC.NODES lists the nodes)`,
      );
    }
    const link = new PeerLink(config, { password: this.#config.password, answerMs: this.#config.downMs });
    this.#links.set(node, link);
    return link;
  }

  member(node: string): MemberPort {
    const link = this.link(node);
    return {
      inventory: (term, cursor) => link.ask('inventory', { term, cursor }) as Promise<InventoryPage>,
      remove: async (term, name, xid) => {
        await link.ask('remove', { term, name, xid });
      },
    };
  }

  coordinator(node: string): CoordinatorPort {
    const link = this.link(node);
    const ask = async (verb: string, message: unknown): Promise<unknown> => {
      try {
        return await link.ask(verb, message);
      } catch (error) {
        throw error instanceof FabricError ? error : away(node, error);
      }
    };
    return {
      join: (hello: Hello) => ask('join', hello) as Promise<Welcome>,
      beat: (name, term, pulse: Pulse) => ask('beat', { node: name, term, pulse }) as Promise<readonly NodeStatus[]>,
      commit: async (name, term, candidate: Candidate) => {
        await ask('commit', { node: name, term, candidate });
      },
      sealed: async (name, term, candidate: Candidate) => {
        await ask('sealed', { node: name, term, candidate });
      },
      abandoned: async (name, term, candidate: Candidate) => {
        await ask('abandoned', { node: name, term, candidate });
      },
      find: (name) => ask('find', { name }) as Promise<readonly Copy[]>,
      remove: (names) => ask('remove-names', { names }) as Promise<number>,
    };
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }
}

const away = (node: string, error: unknown) =>
  new FabricError(
    'NOCOORD',
    `the coordinator, node ${node}, doesn't answer (${(error as Error).message}); what lies on this node can be read meanwhile, try again for all else`,
  );
