/** Who coordinates the cluster: another node, or this one as long as it is elected. */
import { performance } from 'node:perf_hooks';
import { FabricError } from '../errors.js';
import { chooseElection } from './choose-election.js';
import type { ClusterConfig } from './config.js';
import { Coordinator } from './coordinator.js';
import { StaticElection } from './election-static.js';
import type { Election, Leader } from './election.js';
import type { Pages } from './pages.js';
import type { CoordinatorPort, MemberPort } from './peer-messages.js';
import type { Peers } from './peers.js';
import { coordinatorPort, officePort, type Served } from './ports.js';
import { Promotion, type Promoted } from './promotion.js';
import type { SeatFile } from './seat.js';

export interface LeadershipParts {
  config: ClusterConfig;
  /** This one. */
  node: string;
  seats: SeatFile;
  peers: Peers;
  /** The highest this node has heard of. */
  epoch: () => number;
  raiseEpoch: (above: number) => number;
  /** The highest that has spoken to this node. */
  term: () => number;
  openPages: () => Pages;
  member: (node: string) => MemberPort;
  /** Another coordinates than before, or nobody. */
  onLeader: () => void;
  log: { info(text: string): void; warn(text: string): void };
}

export class Leadership {
  readonly #parts: LeadershipParts;
  readonly #election: Election;
  readonly #promotion: Promotion;
  #coordinator: Coordinator | undefined;
  /** To the coordinator on this node. */
  #ownPort: CoordinatorPort | undefined;
  #leader: Leader | undefined;
  /** To the leader, when that is another node. */
  #leaderPort: CoordinatorPort | undefined;

  constructor(parts: LeadershipParts) {
    const { config, node, seats, peers, epoch, raiseEpoch, term, log } = parts;
    this.#parts = parts;
    this.#election = chooseElection({
      config,
      node,
      raiseEpoch,
      termAbove: term,
      seats,
      askOthers: () => this.#promotion.othersSeats(),
      events: {
        onElected: (elected, deadline) => this.#elected(elected, deadline),
        onDeposed: () => this.#deposed(),
        onLeader: (leader) => this.#follow(leader),
      },
      log,
    });
    this.#promotion = new Promotion({
      node,
      nodes: config.nodes.map(({ name }) => name),
      election: this.#election instanceof StaticElection ? this.#election : undefined,
      report: () => ({ seat: seats.seat, epoch: epoch() }),
      ask: (name, verb, args) => peers.ask(name, verb, args),
    });
  }

  begin(): void {
    this.#election.begin();
  }

  /** Resigns where this node coordinates. */
  close(): Promise<void> {
    return this.#election.close();
  }

  /** The coordinator's node, as far as it is known. */
  get leader(): string | undefined {
    return this.#leader?.node;
  }

  /** The way to it; absent: nobody coordinates now. */
  get office(): { node: string; port: CoordinatorPort } | undefined {
    const port = this.#ownPort ?? this.#leaderPort;
    return this.#leader === undefined || port === undefined ? undefined : { node: this.#leader.node, port };
  }

  /** The coordinator on this node; NOCOORD when it is elsewhere. */
  get own(): CoordinatorPort {
    if (this.#ownPort !== undefined) return this.#ownPort;
    const known = this.#leader === undefined ? 'nobody is now' : `${this.#leader.node} is`;
    throw new FabricError('NOCOORD', `node ${this.#parts.node} isn't the coordinator, ${known}: try again`);
  }

  /** What other nodes ask. */
  get served(): Served {
    return this.#promotion.served;
  }

  /** Makes another node the coordinator; `force`: also when the present one doesn't answer. */
  promote(node: string, force: boolean): Promise<Promoted> {
    return this.#promotion.promote(node, force);
  }

  #elected(term: number, deadline: () => number): void {
    const { config, openPages, member, log } = this.#parts;
    const coordinator = new Coordinator({
      config,
      pages: openPages(),
      term,
      deadline,
      grantEpoch: (above) => this.#election.nextEpoch(above),
      member,
      now: () => performance.now(),
      log,
    });
    this.#coordinator = coordinator;
    this.#ownPort = officePort(coordinator, (work) => coordinator.during(work));
  }

  #deposed(): void {
    this.#coordinator?.close();
    this.#coordinator = undefined;
    this.#ownPort = undefined;
  }

  #follow(leader: Leader | undefined): void {
    const { node, peers, onLeader } = this.#parts;
    this.#leader = leader;
    this.#leaderPort = leader === undefined || leader.node === node ? undefined : coordinatorPort(peers, leader.node);
    onLeader();
  }
}
