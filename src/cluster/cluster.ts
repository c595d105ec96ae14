/** One node's part in a cluster: its membership, and where it is the coordinator, that too. */
import { createHash, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { FabricError } from '../errors.js';
import type { Fabric } from '../fabric/fabric.js';
import type { Candidate, Gate } from '../fabric/gate.js';
import type { Reply } from '../resp/reply.js';
import type { Placement } from '../fabric/placements.js';
import type { ClusterConfig, ClusterNodeConfig } from './config.js';
import { Coordinator } from './coordinator.js';
import { Member } from './member.js';
import { MapPages } from './pages.js';
import type { CoordinatorPort, Copy, Hello, InventoryPage, MemberPort, NodeStatus, Pulse } from './peer-messages.js';
import { PEER_PROTOCOL } from './peer-messages.js';
import { Peers } from './peers.js';
import { coordinatorPort, memberPort } from './ports.js';

const INVENTORY_NAMES_MAX = 1000;

export interface ClusterParts {
  config: ClusterConfig;
  node: string;
  /** Raises the node's epoch above that one; on disk before it is returned. */
  raiseEpoch: (above: number) => number;
  fabric: () => Fabric;
  log: { info(text: string): void; warn(text: string): void };
}

/** A node as FABRIC.NODES shows it. */
export interface NodeOverview extends NodeStatus, Pick<ClusterNodeConfig, 'host' | 'port' | 'zone' | 'weight'> {
  role: 'coordinator' | 'member';
}

export class Cluster {
  readonly #parts: ClusterParts;
  readonly #peers: Peers;
  readonly #member: Member;
  readonly #coordinator: Coordinator | undefined;
  /** The coordinator's term that this node obeys; lower ones are over. */
  #term = 0;

  constructor(parts: ClusterParts) {
    const { config, node, raiseEpoch, log } = parts;
    this.#parts = parts;
    this.#peers = new Peers(config, node, (verb, message) => this.#serve(verb, message as Spoken));
    const digest = digestOf(config);
    const coordinates = config.coordinator === node;
    let epoch = raiseEpoch(0);
    if (coordinates) {
      this.#coordinator = new Coordinator({
        config,
        digest,
        pages: new MapPages(),
        term: epoch,
        grantEpoch: (above) => {
          const granted = raiseEpoch(above);
          raiseEpoch(granted);
          return granted;
        },
        member: (name) => (name === node ? this.#own : memberPort(this.#peers, name)),
        now: () => performance.now(),
        log,
      });
    }
    this.#member = new Member({
      config,
      node,
      digest,
      incarnation: randomUUID(),
      coordinator: this.#coordinator ?? coordinatorPort(this.#peers, config.coordinator),
      epoch: () => epoch,
      takeEpoch: (granted) => {
        // The coordinator's own ids are of the epoch after the one it has granted last.
        if (!coordinates) epoch = raiseEpoch(granted - 1);
      },
      pulse: () => this.#pulse(),
      log,
    });
  }

  get gate(): Gate {
    return this.#member;
  }

  begin(): void {
    this.#member.begin();
  }

  close(): void {
    this.#member.close();
    this.#coordinator?.close();
    this.#peers.close();
  }

  /** A message of another node has come in. */
  receive(message: string): void {
    this.#peers.receive(message);
  }

  #serve(verb: string, message: Spoken): Promise<unknown> {
    const served = this.#verbs[verb];
    if (served === undefined)
      throw new FabricError('ERR', `no word '${verb}' among nodes: one of them is of another version`);
    return served(message);
  }

  /** Where a variable that isn't here is; undefined when it is nowhere. */
  async find(name: Buffer): Promise<readonly Copy[] | undefined> {
    const copies = await this.#member.find(name);
    return copies.length === 0 ? undefined : copies;
  }

  /** Another node answers a command in this node's place. */
  forward(node: string, args: readonly Buffer[]): Promise<Reply> {
    return this.#peers.link(node).forward(args);
  }

  addressOf(node: string): string {
    const config = this.#peers.configOf(node);
    return config === undefined ? node : `${config.host}:${config.port}`;
  }

  nodes(): NodeOverview[] {
    const { config, node } = this.#parts;
    const known = new Map(this.#member.nodes.map((status) => [status.node, status]));
    return config.nodes.map(({ name, host, port, zone, weight }) => ({
      ...(known.get(name) ?? { condition: 'unknown', segments: 0, bytes: 0, usedBytes: 0, variables: 0 }),
      ...(name === node ? { condition: 'up' as const, ...this.#pulse() } : {}),
      node: name,
      host,
      port,
      zone,
      weight,
      role: name === config.coordinator ? 'coordinator' : 'member',
    }));
  }

  readonly #own: MemberPort = {
    inventory: (term, cursor) => {
      this.#obey(term);
      return Promise.resolve(this.#inventory(cursor));
    },
    remove: (term, name, xid) => {
      this.#obey(term);
      this.#parts.fabric().removals.removeCopy(name, xid);
      return Promise.resolve();
    },
  };

  readonly #verbs: Readonly<Record<string, (spoken: Spoken) => Promise<unknown>>> = {
    inventory: ({ term, cursor }) => this.#own.inventory(term, cursor),
    remove: ({ term, name, xid }) => this.#own.remove(term, name, xid),
    join: (hello) => this.#coordinating.join(hello),
    beat: ({ node, term, pulse }) => this.#coordinating.beat(node, term, pulse),
    commit: ({ node, term, candidate }) => this.#coordinating.commit(node, term, candidate),
    sealed: ({ node, term, candidate }) => this.#coordinating.sealed(node, term, candidate),
    abandoned: ({ node, term, candidate }) => this.#coordinating.abandoned(node, term, candidate),
    find: ({ name }) => this.#coordinating.find(name),
    'remove-names': ({ names }) => this.#coordinating.remove(names),
  };

  get #coordinating(): CoordinatorPort {
    if (this.#coordinator !== undefined) return this.#coordinator;
    const { node, config } = this.#parts;
    throw new FabricError('NOCOORD', `node ${node} isn't the coordinator, ${config.coordinator} is`);
  }

  #obey(term: number): void {
    if (term < this.#term)
      throw new FabricError('FENCED', `term ${term} is over: the coordinator of term ${this.#term} has spoken`);
    this.#term = term;
  }

  #pulse(): Pulse {
    const fabric = this.#parts.fabric();
    const segments = fabric.segments();
    return {
      segments: segments.length,
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      usedBytes: segments.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
      variables: fabric.stats().variables,
    };
  }

  #inventory(cursor: number): InventoryPage {
    return this.#parts.fabric().inventory(cursor, INVENTORY_NAMES_MAX);
  }
}

/** What nodes say is trusted to be well-formed: they have shown the cluster's password. */
interface Spoken extends Hello {
  term: number;
  cursor: number;
  xid: number;
  name: Buffer;
  names: readonly Buffer[];
  pulse: Pulse;
  candidate: Candidate;
}

export const placementsOf = (copies: readonly Copy[]): Placement[] =>
  copies.map(({ node, sharedId, offset, length, xid, generation }) => ({
    node,
    sharedId,
    offset,
    length,
    xid,
    generation,
  }));

/** Of what all nodes must agree on. */
function digestOf({ name, coordinator, nodes, heartbeatMs, downMs, rejoinWaitMs }: ClusterConfig): string {
  const alike = { protocol: PEER_PROTOCOL, name, coordinator, nodes, heartbeatMs, downMs, rejoinWaitMs };
  return createHash('sha256').update(JSON.stringify(alike)).digest('hex');
}
