/** A node as one of several: it joins, says that it is there, and asks the coordinator before it changes what others see. */
import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { FabricError, isFabricError } from '../errors.js';
import type { Move } from '../fabric/gate.js';
import type { ClusterConfig } from './config.js';
import {
  PEER_PROTOCOL,
  type Candidate,
  type Copy,
  type CoordinatorPort,
  type Outcome,
  type Overview,
  type PlaceRequest,
  type Pulse,
  type Tombstone,
} from './peer-messages.js';
import type { MembershipFile } from './membership-file.js';
import type { Office } from './publisher.js';

/** Between attempts to join; a refusal is looked at again rarely, as a person has to do something first. */
const REFUSED_MS = 5000;

export interface MemberParts {
  config: Pick<ClusterConfig, 'name' | 'heartbeatMs'>;
  node: string;
  digest: string;
  incarnation: string;
  /** Absent: nobody coordinates now. */
  coordinator: () => { node: string; port: CoordinatorPort } | undefined;
  /** The highest this node has ever known. */
  epoch: () => number;
  /** Ids are of that epoch from now on. */
  takeEpoch: (epoch: number) => void;
  tombstones: () => readonly Tombstone[];
  membership: Pick<MembershipFile, 'epoch' | 'farewells' | 'begun'>;
  pulse: () => Pulse;
  /** Whatever the coordinator of before was about to do is over. */
  onJoining: () => void;
  log: { info(text: string): void; warn(text: string): void };
}

/** What nobody waits for is told after so long at most. */
const TELL_MS = 1;
/** Where somebody waits for a name, somebody may soon wait for the next. */
const HURRIED_MS = 100;

/** They begin somewhere else at each start. */
const FIRST_JOININGS = 2 ** 47;

const NOTHING: Overview = { nodes: [], variables: 0, conflicts: 0, epoch: 0 };

export class Member implements Office {
  readonly #parts: MemberParts;
  /** Absent: not joined. */
  #term: number | undefined;
  #overview = NOTHING;
  #refusal: string | undefined;
  #joinings = randomInt(FIRST_JOININGS);
  /** What the coordinator has yet to hear, by xid; of before a joining, too: what was asked then may come there later. */
  readonly #untold = new Map<number, Outcome>();
  /** Takes back what is to tell it. */
  #stopTelling: (() => void) | undefined;
  #hurriedUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: MemberParts) {
    this.#parts = parts;
  }

  /** Joins and stays joined, until `close`. */
  begin(): void {
    void this.#turn();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stopTelling?.();
  }

  get joined(): boolean {
    return this.#term !== undefined;
  }

  /** Of the coordinator this node has joined; NOCOORD when there is none. */
  get term(): number {
    if (this.#term === undefined) throw this.#notJoined();
    return this.#term;
  }

  get joinings(): number {
    return this.#joinings;
  }

  /** As the coordinator saw it last. */
  get overview(): Overview {
    return this.#overview;
  }

  /** The coordinator; NOCOORD when there is none that this node has joined. */
  get coordinator(): CoordinatorPort {
    const { coordinator } = this.#parts;
    const known = coordinator();
    if (this.#term === undefined || known === undefined) throw this.#notJoined();
    return known.port;
  }

  place(request: PlaceRequest): Promise<readonly string[]> {
    return this.coordinator.place(request);
  }

  async commit(candidate: Candidate): Promise<readonly Copy[]> {
    // The two are one message.
    this.#tellUntold();
    return this.#asMember((term, coordinator) => coordinator.commit(this.#parts.node, term, candidate));
  }

  ended(outcome: Outcome): Promise<void> {
    return this.#tell([outcome]);
  }

  /** Told with what is asked next, but soon: until then the name is nobody else's to find. */
  endedLater(outcome: Outcome): void {
    this.#untold.set(outcome.xid, outcome);
    if (this.#stopTelling !== undefined) return;
    if (this.#isWaitedFor()) {
      const immediate = setImmediate(() => this.#tellUntold());
      this.#stopTelling = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(() => this.#tellUntold(), TELL_MS);
      this.#stopTelling = () => clearTimeout(timer);
    }
  }

  /** Somebody waits for what ends now. */
  hurry(): void {
    this.#hurriedUntilMs = performance.now() + HURRIED_MS;
    this.#tellUntold();
  }

  /** A coordinator on this very node is told without a message. */
  #isWaitedFor(): boolean {
    const { coordinator, node } = this.#parts;
    return coordinator()?.node === node || performance.now() < this.#hurriedUntilMs;
  }

  async adopt(name: Buffer, xid: number): Promise<boolean> {
    return this.#asMember((term, coordinator) => coordinator.adopt(this.#parts.node, term, name, xid));
  }

  carryOff(name: Buffer, xid: number): Promise<boolean> {
    return this.#asMember((term, coordinator) => coordinator.carryOff(this.#parts.node, term, name, xid));
  }

  async moved(moves: readonly Move[]): Promise<void> {
    await this.#asMember((term, coordinator) => coordinator.moved(this.#parts.node, term, moves));
  }

  #tellUntold(): void {
    this.#stopTelling?.();
    this.#stopTelling = undefined;
    const outcomes = [...this.#untold.values()];
    if (outcomes.length === 0 || this.#term === undefined) return;
    this.#untold.clear();
    this.#tell(outcomes).catch((error: unknown) => {
      if (!isFabricError(error) || error.code === 'ERR') this.#parts.log.warn(`not published: ${String(error)}`);
      // They are told again with the next beat.
      for (const outcome of outcomes) this.#untold.set(outcome.xid, outcome);
    });
  }

  #tell(outcomes: readonly Outcome[]): Promise<void> {
    return this.#asMember((term, coordinator) => coordinator.ended(this.#parts.node, term, outcomes));
  }

  /** Whoever is fenced joins again first. */
  async #asMember<T>(ask: (term: number, coordinator: CoordinatorPort) => Promise<T>): Promise<T> {
    const { term, coordinator } = this;
    try {
      return await ask(term, coordinator);
    } catch (error) {
      if (isFabricError(error) && error.code === 'FENCED') {
        if (this.#term === term) this.leave();
        throw new FabricError('NOCOORD', `${error.message}; this node joins again: try again`);
      }
      throw error;
    }
  }

  #notJoined(): FabricError {
    const known = this.#parts.coordinator();
    const why =
      this.#refusal ??
      (known === undefined ? 'nobody coordinates it now' : `its coordinator, node ${known.node}, doesn't answer`);
    return new FabricError(
      'NOCOORD',
      `this node isn't joined to its cluster: ${why}; what lies on it can be read meanwhile`,
    );
  }

  /** The coordinator isn't the one any more. */
  leave(): void {
    this.#term = undefined;
  }

  async #turn(): Promise<void> {
    const { heartbeatMs } = this.#parts.config;
    let waitMs: number | undefined;
    if (this.#term === undefined) waitMs = await this.#join();
    else await this.#beat();
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#turn(), waitMs ?? heartbeatMs);
  }

  async #join(): Promise<number | undefined> {
    const { config, node, digest, incarnation, epoch, takeEpoch, tombstones, membership, pulse, onJoining, log } =
      this.#parts;
    const known = this.#parts.coordinator();
    if (known === undefined) return undefined;
    try {
      this.#joinings++;
      onJoining();
      const { variables } = pulse();
      const welcome = await known.port.join({
        cluster: config.name,
        protocol: PEER_PROTOCOL,
        digest,
        node,
        incarnation,
        joining: this.#joinings,
        epoch: epoch(),
        variables,
        tombstones: tombstones(),
        begunEpoch: membership.epoch,
        farewells: membership.farewells,
      });
      takeEpoch(welcome.epoch);
      if (variables === 0) await membership.begun(welcome.epoch);
      if (this.#parts.coordinator()?.port !== known.port) return 0;
      this.#term = welcome.term;
      this.#refusal = undefined;
      log.info(`joined cluster ${config.name}, whose coordinator is node ${known.node}`);
      return 0;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#refusal) log.warn(`not joined: ${message}`);
      this.#refusal = message;
      return isFabricError(error) && error.code === 'ERR' ? REFUSED_MS : undefined;
    }
  }

  async #beat(): Promise<void> {
    const { node, pulse } = this.#parts;
    try {
      this.#overview = await this.#asMember((term, coordinator) => coordinator.beat(node, term, pulse()));
      this.#tellUntold();
    } catch (error) {
      // A coordinator that is away for a moment is still the one; another, or the same after a restart, says FENCED.
      if (!isFabricError(error)) throw error;
    }
  }
}
