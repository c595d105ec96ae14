/** One node's part in a cluster: its membership, and where it is the coordinator, that too. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { FabricError } from '../errors.js';
import type { Fabric } from '../fabric/fabric.js';
import type { Gate, Move, Stored } from '../fabric/gate.js';
import type { Placement } from '../fabric/placements.js';
import type { Reply } from '../resp/reply.js';
import { BulkLinks } from './bulk-links.js';
import { Census } from './census.js';
import type { ClusterConfig } from './config.js';
import { DrainMark } from './drain-mark.js';
import { Holder } from './holder.js';
import { digestOf } from './kin.js';
import { Leadership } from './leadership.js';
import { Lookup, REMEMBERED_MS } from './lookup.js';
import { Member } from './member.js';
import { MembershipFile } from './membership-file.js';
import { Orphans } from './orphans.js';
import type { Pages } from './pages.js';
import type { CoordinatorPort, Copy, MemberPort, Offer } from './peer-messages.js';
import { Peers } from './peers.js';
import { memberPort, ownPort, servedBy, type Served } from './ports.js';
import type { Promoted } from './promotion.js';
import { Publisher } from './publisher.js';
import { Puller } from './puller.js';
import { pulseOf } from './pulse.js';
import { SeatFile } from './seat.js';
import { TombstoneFile } from './tombstone-file.js';

export interface ClusterParts {
  config: ClusterConfig;
  node: string;
  /** For what must outlive a reboot. */
  stateDir: string;
  /** Of the ids this node gives out now. */
  epoch: () => number;
  /** Raises the epoch of this node's ids above that one; on disk before it is returned. */
  raiseEpoch: (above: number) => number;
  fabric: () => Fabric;
  openPages: () => Pages;
  /** For so many milliseconds LOCATE answers with these, without asking. */
  remember: (name: Buffer, placements: readonly Placement[], ms: number) => void;
  forget: (name: Buffer) => void;
  /** What other parts of this node answer those of other nodes, by verb. */
  others: Served;
  log: { info(text: string): void; warn(text: string): void };
}

/** What a node keeps in files of its own. */
interface Kept {
  tombstones: TombstoneFile;
  drainMark: DrainMark;
  membership: MembershipFile;
  seats: SeatFile;
}

/** Runs a command of a client for another node. */
export type Run = (args: readonly Buffer[]) => Promise<Reply>;

export class Cluster implements Gate {
  readonly census: Census;
  readonly lookup: Lookup;
  readonly #parts: ClusterParts;
  readonly #peers: Peers;
  readonly #bulks: BulkLinks;
  readonly #holder: Holder;
  readonly #own: MemberPort;
  readonly #member: Member;
  readonly #publisher: Publisher;
  readonly #served: Served;
  readonly #leadership: Leadership;
  readonly #puller: Puller;
  readonly #orphans: Orphans;

  static async open(parts: ClusterParts): Promise<Cluster> {
    const inState = (name: string) => join(parts.stateDir, name);
    const [tombstones, drainMark, membership, seats] = await Promise.all([
      TombstoneFile.open(inState('tombstones')),
      DrainMark.open(inState('draining')),
      MembershipFile.open(inState('membership')),
      SeatFile.open(inState('coordinator'), parts.config.coordinator),
    ]);
    return new Cluster(parts, { tombstones, drainMark, membership, seats });
  }

  private constructor(parts: ClusterParts, { tombstones, drainMark, membership, seats }: Kept) {
    const { config, node, raiseEpoch, log } = parts;
    this.#parts = parts;
    this.#peers = new Peers(config, node);
    this.#bulks = new BulkLinks(config, (name) => this.#peers.configOf(name));
    this.#holder = new Holder({
      node,
      copies: () => parts.fabric().copies,
      joining: () => this.#member.joinings,
      tombstones,
      drainMark,
      membership,
      hurry: () => this.#member.hurry(),
      source: (name, xid) => this.#bulks.source(name, xid),
      pull: (name, copy) => this.#puller.pullFrom(name, copy),
    });
    const pulse = () => pulseOf(parts.fabric(), drainMark.draining);
    this.#own = ownPort(this.#holder);
    this.#member = new Member({
      config,
      node,
      digest: digestOf(config),
      incarnation: randomUUID(),
      coordinator: () => this.#leadership.office,
      epoch: parts.epoch,
      takeEpoch: (granted) => this.#takeEpoch(granted),
      tombstones: () => tombstones.all(),
      membership,
      pulse,
      onJoining: () => {
        parts.fabric().copies.unveilAll();
        parts.fabric().copies.estrange();
      },
      log,
    });
    this.#leadership = new Leadership({
      config,
      node,
      seats,
      peers: this.#peers,
      epoch: () => Math.max(parts.epoch(), this.#member.overview.epoch, this.#holder.term),
      raiseEpoch,
      term: () => this.#holder.term,
      openPages: parts.openPages,
      member: (name) => this.#memberPort(name),
      onLeader: () => this.#member.leave(),
      log,
    });
    this.census = new Census({
      config,
      node,
      pulse,
      leader: () => this.#leadership.leader,
      ask: () => this.coordinator.overview(),
      last: () => this.#member.overview,
    });
    this.lookup = new Lookup({
      node,
      census: this.census,
      coordinator: () => this.coordinator,
      ask: (name, verb, args) => this.#peers.ask(name, verb, args),
      remember: parts.remember,
    });
    const adopt = (name: Buffer, xid: number) => this.#member.adopt(name, xid);
    this.#puller = new Puller({
      node,
      find: (name) => this.find(name),
      offer: async (name, xid) => (await this.#peers.ask(name, 'offer', [xid])) as Offer | null,
      take: (offer) => this.#holder.take(this.#member.term, offer),
      adopt,
      release: (xid) => parts.fabric().copies.release(xid),
    });
    this.#orphans = new Orphans({
      downMs: config.downMs,
      copies: () => parts.fabric().copies,
      fate: (name, xid) => this.coordinator.fate(name, xid),
      adopt,
    });
    this.#publisher = new Publisher({
      node,
      member: (name) => this.#memberPort(name),
      office: this.#member,
      draining: () => drainMark.draining !== undefined,
      // A next coordinator waits for those that don't report, and only then gives names away.
      leaveMs: Math.max(config.rejoinWaitMs, config.downMs),
      now: () => performance.now(),
    });
    this.#served = {
      ...parts.others,
      ...servedBy(this.#holder, () => this.#leadership.own),
      ...this.#leadership.served,
      offer: ([xid]) => this.#holder.offer(xid as number),
      'name-of-xid': ([xid]) => parts.fabric().readers.nameOfXid(xid as number),
      'name-of-pin': ([pin]) => parts.fabric().pointers.nameOf(pin as string),
    };
  }

  begin(): void {
    this.#leadership.begin();
    this.#member.begin();
    this.#orphans.begin();
  }

  async close(): Promise<void> {
    this.#orphans.close();
    this.#member.close();
    await this.#leadership.close();
    this.#peers.close();
    this.#bulks.close();
  }

  #takeEpoch(granted: number): void {
    const { epoch, raiseEpoch } = this.#parts;
    if (epoch() < granted) raiseEpoch(granted - 1);
  }

  /** Messages of another node have come in; `run` runs what they ask to be run. Resolves to the answers that are there at once. */
  receive(messages: readonly Buffer[], run: Run): Promise<Buffer[]> {
    return this.#peers.receive(messages, async (verb, args) => {
      if (verb === 'run') return run(args as readonly Buffer[]);
      const served = this.#served[verb];
      if (served === undefined)
        throw new FabricError('ERR', `no word '${verb}' among nodes: one of them is of another version`);
      return served(args);
    });
  }

  // --- Gate

  readonly staleMs = REMEMBERED_MS;

  async publish(stored: Stored): Promise<Placement[]> {
    const placements = await this.#publisher.publish(stored);
    this.#parts.forget(stored.name);
    return placements;
  }

  async remove(names: readonly Buffer[]): Promise<number> {
    const removed = await this.#member.coordinator.remove(names);
    for (const name of names) this.#parts.forget(name);
    return removed;
  }

  moved(moves: readonly Move[]): Promise<void> {
    return this.#member.moved(moves);
  }

  carryOff(name: Buffer, xid: number): Promise<boolean> {
    return this.#member.carryOff(name, xid);
  }

  // --- what lies elsewhere

  /** The copies of a variable, those on nodes that are up first; none: there is no such variable. */
  find(name: Buffer, waitMs = 0): Promise<readonly Copy[]> {
    return this.lookup.find(name, waitMs);
  }

  /** Another node answers a command in this node's place. */
  async run(node: string, args: readonly Buffer[], patient = false): Promise<Reply> {
    this.#peers.configOf(node);
    return (await this.#peers.ask(node, 'run', args, { patient })) as Reply;
  }

  /** Another node's answer to one of its `others`. */
  ask(node: string, verb: string, args: readonly unknown[]): Promise<unknown> {
    return this.#peers.ask(node, verb, args);
  }

  fetch(copy: Copy, offset: number, length: number): Promise<Buffer> {
    return this.#bulks.fetch(copy.node, copy.xid, offset, length);
  }

  /** Brings a copy here; false when there is no such variable. */
  pull(name: Buffer): Promise<boolean> {
    return this.#puller.pull(name);
  }

  get coordinator(): CoordinatorPort {
    return this.#member.coordinator;
  }

  /** Makes another node the coordinator; `force`: also when the present one doesn't answer. */
  promote(node: string, force: boolean): Promise<Promoted> {
    return this.#leadership.promote(node, force);
  }

  has(node: string): boolean {
    return this.#parts.config.nodes.some(({ name }) => name === node);
  }

  /** Nodes, whether they are up or not. */
  get size(): number {
    return this.#parts.config.nodes.length;
  }

  /** For people. NOTFOUND for a node that isn't configured. */
  addressOf(node: string): string {
    const { host, port, tlsPort } = this.#peers.configOf(node);
    return tlsPort === undefined ? `${host}:${port}` : `${host}:${port} (TLS: port ${tlsPort})`;
  }

  #memberPort(node: string): MemberPort {
    return node === this.#parts.node ? this.#own : memberPort(this.#peers, node);
  }
}
