/** One node's part in a cluster: its membership, and where it is the coordinator, that too. */
import { createHash, randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { FabricError } from '../errors.js';
import type { Fabric, NodeReport } from '../fabric/fabric.js';
import type { Gate, Move, Stored } from '../fabric/gate.js';
import { printable } from '../fabric/names.js';
import type { Placement } from '../fabric/placements.js';
import type { Reply } from '../resp/reply.js';
import { BulkLinks } from './bulk-links.js';
import type { ClusterConfig } from './config.js';
import { chooseElection } from './choose-election.js';
import { Coordinator } from './coordinator.js';
import type { Election, Leader } from './election.js';
import { StaticElection } from './election-static.js';
import { DrainMark } from './drain-mark.js';
import { Holder } from './holder.js';
import { Member } from './member.js';
import type { Pages } from './pages.js';
import type { CoordinatorPort, Copy, MemberPort, NodeStatus, Offer, Pulse } from './peer-messages.js';
import { PEER_PROTOCOL } from './peer-messages.js';
import { Peers } from './peers.js';
import { Promotion, type Promoted } from './promotion.js';
import { SeatFile } from './seat.js';
import { coordinatorPort, memberPort, ownPort, servedBy, type Served } from './ports.js';
import { Publisher } from './publisher.js';
import { TombstoneFile } from './tombstone-file.js';

/** A copy that waits for its writer is asked after when that has been silent for so many times `downMs`. */
const ORPHAN_TIMES = 2;
/** Names are listed in the order of so many hashes. */
const HASHES = 2 ** 32;
const RANDOM_NAMES = 16;
/** Where something lies on another node is taken for known for so long. */
const REMEMBERED_MS = 1000;

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
  seats: SeatFile;
}

/** Runs a command of a client for another node. */
export type Run = (args: readonly Buffer[]) => Promise<Reply>;

export class Cluster implements Gate {
  readonly #parts: ClusterParts;
  readonly #peers: Peers;
  readonly #bulks: BulkLinks;
  readonly #drainMark: DrainMark;
  readonly #holder: Holder;
  readonly #own: MemberPort;
  readonly #member: Member;
  readonly #publisher: Publisher;
  readonly #served: Served;
  #coordinator: Coordinator | undefined;
  readonly #election: Election;
  readonly #promotion: Promotion;
  #leader: Leader | undefined;
  /** To the leader, when that is another node. */
  #leaderPort: CoordinatorPort | undefined;
  #orphans: NodeJS.Timeout | undefined;

  static async open(parts: ClusterParts): Promise<Cluster> {
    const inState = (name: string) => join(parts.stateDir, name);
    const [tombstones, drainMark, seats] = await Promise.all([
      TombstoneFile.open(inState('tombstones')),
      DrainMark.open(inState('draining')),
      SeatFile.open(inState('coordinator'), parts.config.coordinator),
    ]);
    return new Cluster(parts, { tombstones, drainMark, seats });
  }

  private constructor(parts: ClusterParts, { tombstones, drainMark, seats }: Kept) {
    const { config, node, raiseEpoch, log } = parts;
    this.#parts = parts;
    this.#drainMark = drainMark;
    this.#peers = new Peers(config, node);
    this.#bulks = new BulkLinks(config, (name) => this.#peers.configOf(name));
    this.#holder = new Holder({
      node,
      copies: () => parts.fabric().copies,
      joining: () => this.#member.joinings,
      tombstones,
      drainMark,
      source: (name, xid) => this.#bulks.source(name, xid),
      pull: (name, copy) => this.#pullFrom(name, copy),
    });
    this.#own = ownPort(this.#holder);
    this.#member = new Member({
      config,
      node,
      digest: digestOf(config),
      incarnation: randomUUID(),
      coordinator: () => this.#coordinatorOf(),
      epoch: parts.epoch,
      takeEpoch: (granted) => this.#takeEpoch(granted),
      tombstones: () => tombstones.all(),
      pulse: () => this.#pulse(),
      onJoining: () => {
        parts.fabric().copies.unveilAll();
        parts.fabric().copies.estrange();
      },
      log,
    });
    this.#election = chooseElection({
      config,
      node,
      raiseEpoch,
      termAbove: () => this.#holder.term,
      seats,
      askOthers: () => this.#promotion.othersSeats(),
      events: {
        onElected: (term, deadline) => this.#elected(term, deadline),
        onDeposed: () => this.#deposed(),
        onLeader: (leader) => this.#follow(leader),
      },
      log,
    });
    this.#promotion = new Promotion({
      node,
      nodes: config.nodes.map(({ name }) => name),
      election: this.#election instanceof StaticElection ? this.#election : undefined,
      report: () => ({
        seat: seats.seat,
        epoch: Math.max(parts.epoch(), this.#member.overview.epoch, this.#holder.term),
      }),
      ask: (name, verb, args) => this.#peers.ask(name, verb, args),
    });
    this.#publisher = new Publisher({
      node,
      member: (name) => this.#memberPort(name),
      office: this.#member,
      draining: () => drainMark.draining !== undefined,
    });
    this.#served = {
      ...parts.others,
      ...servedBy(this.#holder, () => this.#coordinating),
      ...this.#promotion.served,
      offer: ([xid]) => this.#holder.offer(xid as number),
      'name-of-xid': ([xid]) => parts.fabric().readers.nameOfXid(xid as number),
      'name-of-pin': ([pin]) => parts.fabric().pointers.nameOf(pin as string),
    };
  }

  begin(): void {
    this.#election.begin();
    this.#member.begin();
    this.#orphans = setInterval(() => void this.#settleOrphans(), this.#parts.config.downMs).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#orphans);
    this.#member.close();
    await this.#election.close();
    this.#peers.close();
    this.#bulks.close();
  }

  #elected(term: number, deadline: () => number): void {
    const { config, openPages, log } = this.#parts;
    this.#coordinator = new Coordinator({
      config,
      digest: digestOf(config),
      pages: openPages(),
      term,
      deadline,
      grantEpoch: (above) => this.#election.nextEpoch(above),
      member: (name) => this.#memberPort(name),
      now: () => performance.now(),
      log,
    });
  }

  #deposed(): void {
    this.#coordinator?.close();
    this.#coordinator = undefined;
  }

  #follow(leader: Leader | undefined): void {
    const { node } = this.#parts;
    this.#leader = leader;
    this.#leaderPort =
      leader === undefined || leader.node === node ? undefined : coordinatorPort(this.#peers, leader.node);
    this.#member.leave();
  }

  #takeEpoch(granted: number): void {
    const { epoch, raiseEpoch } = this.#parts;
    if (epoch() < granted) raiseEpoch(granted - 1);
  }

  /** A message of another node has come in; `run` runs what it asks to be run. Resolves to the reply. */
  receive(message: Buffer, run: Run): Promise<Buffer> {
    return this.#peers.receive(message, async (verb, args) => {
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
  async find(name: Buffer, waitMs = 0): Promise<readonly Copy[]> {
    const askedMs = performance.now();
    const found = await this.#member.coordinator.find(name, waitMs);
    const isUp = ({ node }: Copy) => this.#isUp(node);
    const copies = [...found.filter(isUp), ...found.filter((copy) => !isUp(copy))];
    if (waitMs === 0) this.#remember(name, copies, askedMs);
    return copies;
  }

  /** What was true when it was asked for. What is here, too, this node knows better by itself. */
  #remember(name: Buffer, copies: readonly Copy[], askedMs: number): void {
    if (copies.length === 0 || copies.some(({ node }) => node === this.#parts.node)) return;
    const leftMs = Math.floor(askedMs + REMEMBERED_MS - performance.now());
    if (leftMs > 0) this.#parts.remember(name, copies, leftMs);
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
  async pull(name: Buffer): Promise<boolean> {
    let tried: number | undefined;
    for (;;) {
      const copies = await this.find(name);
      const [copy] = copies;
      if (copy === undefined) return false;
      if (copies.some(({ node }) => node === this.#parts.node)) return true;
      if (await this.#pullFrom(name, copy)) return true;
      // Another may have taken its place meanwhile.
      if (copy.xid === tried)
        throw new FabricError('REMOTE', `node ${copy.node} doesn't have ${printable(name)} any more: try again`);
      tried = copy.xid;
    }
  }

  async #pullFrom(name: Buffer, copy: Copy): Promise<boolean> {
    const offer = (await this.#peers.ask(copy.node, 'offer', [copy.xid])) as Offer | null;
    if (offer === null) return false;
    await this.#holder.take(this.#member.term, offer);
    const adopted = await this.#member.adopt(name, copy.xid).catch((error: unknown) => {
      this.#parts.fabric().copies.release(copy.xid);
      throw error;
    });
    if (!adopted) this.#parts.fabric().copies.release(copy.xid);
    return adopted;
  }

  get coordinator(): CoordinatorPort {
    return this.#member.coordinator;
  }

  /** Makes another node the coordinator; `force`: also when the present one doesn't answer. */
  promote(node: string, force: boolean): Promise<Promoted> {
    return this.#promotion.promote(node, force);
  }

  has(node: string): boolean {
    return this.#parts.config.nodes.some(({ name }) => name === node);
  }

  /** Nodes, whether they are up or not. */
  get size(): number {
    return this.#parts.config.nodes.length;
  }

  /** NOTFOUND for a node that isn't configured. */
  addressOf(node: string): string {
    const { host, port } = this.#peers.configOf(node);
    return `${host}:${port}`;
  }

  async countVariables(): Promise<number> {
    return (await this.coordinator.overview()).variables;
  }

  /** Of some variable. */
  async randomName(): Promise<Buffer | undefined> {
    let cursor = randomInt(HASHES);
    // From somewhere to the end, then from the beginning.
    for (let rounds = 0; rounds < 2;) {
      const page = await this.coordinator.scan(cursor, RANDOM_NAMES);
      if (page.names.length > 0) return page.names[randomInt(page.names.length)];
      cursor = page.cursor;
      if (cursor === 0) rounds++;
    }
    return undefined;
  }

  /** The node that knows an xid, and its name there. */
  async ownerOf(xid: number): Promise<{ node: string; name: Buffer } | undefined> {
    const others = this.upNodes().filter((node) => node !== this.#parts.node);
    const names = await Promise.all(
      others.map((node) => this.#peers.ask(node, 'name-of-xid', [xid]).catch(() => null) as Promise<Buffer | null>),
    );
    const at = names.findIndex((name) => name !== null);
    return at < 0 ? undefined : { node: others[at]!, name: names[at]! };
  }

  /** Of the variable that a pin of that node holds. */
  async nameOfPin(node: string, pin: string): Promise<Buffer | undefined> {
    return ((await this.#peers.ask(node, 'name-of-pin', [pin])) as Buffer | null) ?? undefined;
  }

  /** As the coordinator sees them now; when it is away, as it saw them last. */
  async nodes(): Promise<NodeReport[]> {
    const { config, node: own } = this.#parts;
    const overview = await this.#overview();
    const known = new Map(overview.map((status) => [status.node, status]));
    return config.nodes.map(({ name, host, port, zone, weight }) => {
      const status = known.get(name) ?? { condition: 'unknown' as const, ...NO_PULSE };
      const { condition: state, segments, bytes, usedBytes, variables } = name === own ? this.#ownStatus() : status;
      const role = name === this.#leader?.node ? 'coordinator' : 'member';
      return {
        node: name,
        address: `${host}:${port}`,
        role,
        state,
        zone,
        weight,
        segments,
        bytes,
        usedBytes,
        variables,
      };
    });
  }

  #ownStatus() {
    const pulse = this.#pulse();
    return { condition: pulse.draining === undefined ? ('up' as const) : ('draining' as const), ...pulse };
  }

  async #overview(): Promise<readonly NodeStatus[]> {
    try {
      return (await this.coordinator.overview()).nodes;
    } catch {
      // What it said last doesn't say that it is there.
      const gone = ({ node }: NodeStatus) => node === this.#leader?.node;
      return this.#member.overview.nodes.map((status) =>
        gone(status) ? { ...status, condition: 'down' as const } : status,
      );
    }
  }

  /** Those that answer, as far as this node knows. */
  upNodes(): string[] {
    return this.#parts.config.nodes.map(({ name }) => name).filter((name) => this.#isUp(name));
  }

  #isUp(node: string): boolean {
    if (node === this.#parts.node) return true;
    const condition = this.#member.overview.nodes.find((status) => status.node === node)?.condition;
    return condition === 'up' || condition === 'suspect' || condition === 'draining';
  }

  #memberPort(node: string): MemberPort {
    return node === this.#parts.node ? this.#own : memberPort(this.#peers, node);
  }

  get #coordinating(): CoordinatorPort {
    if (this.#coordinator !== undefined) return this.#coordinator;
    const known = this.#leader === undefined ? 'nobody is now' : `${this.#leader.node} is`;
    throw new FabricError('NOCOORD', `node ${this.#parts.node} isn't the coordinator, ${known}: try again`);
  }

  #coordinatorOf(): { node: string; port: CoordinatorPort } | undefined {
    const port = this.#coordinator ?? this.#leaderPort;
    return this.#leader === undefined || port === undefined ? undefined : { node: this.#leader.node, port };
  }

  /** Copies whose writers are silent: sealed when another copy is, given up when the name is somebody else's or nobody's. */
  async #settleOrphans(): Promise<void> {
    const { fabric, config } = this.#parts;
    const { copies } = fabric();
    for (const { name, xid } of [...copies.older(config.downMs * ORPHAN_TIMES)]) {
      try {
        const fate = await this.#member.coordinator.fate(name, xid);
        if (fate === 'sealed' && !(await this.#member.adopt(name, xid))) copies.release(xid);
        if (fate === 'void') copies.release(xid);
      } catch {
        // The coordinator is away; they wait.
        return;
      }
    }
  }

  #pulse(): Pulse {
    const fabric = this.#parts.fabric();
    const segments = fabric.segments();
    const { draining } = this.#drainMark;
    return {
      segments: segments.length,
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      usedBytes: segments.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
      largestFreeBytes: segments.reduce((max, { largestFreeBytes }) => Math.max(max, largestFreeBytes), 0),
      variables: fabric.stats().variables,
      ...(draining && { draining }),
    };
  }
}

const NO_PULSE: Pulse = { segments: 0, bytes: 0, usedBytes: 0, largestFreeBytes: 0, variables: 0 };

/** Of what all nodes must agree on. */
function digestOf(config: ClusterConfig): string {
  const { name, coordinator, election, leaseMs, nodes, heartbeatMs, downMs, rejoinWaitMs } = config;
  const times = { leaseMs, heartbeatMs, downMs, rejoinWaitMs };
  // Under which address a node is reached may depend on from where; who answers there says who it is.
  const known = nodes.map((node) => ({ ...node, host: undefined }));
  const alike = { protocol: PEER_PROTOCOL, name, coordinator, election, nodes: known, times };
  return createHash('sha256').update(JSON.stringify(alike)).digest('hex');
}
