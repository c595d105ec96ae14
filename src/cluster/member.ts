/** A node as one of several: it joins, says that it is there, and asks the coordinator before it changes what others see. */
import { FabricError, isFabricError } from '../errors.js';
import type { Candidate, Gate } from '../fabric/gate.js';
import type { ClusterConfig } from './config.js';
import { PEER_PROTOCOL, type CoordinatorPort, type Copy, type NodeStatus, type Pulse } from './peer-messages.js';

/** Between attempts to join; a refusal is looked at again rarely, as a person has to do something first. */
const REFUSED_MS = 5000;

export interface MemberParts {
  config: ClusterConfig;
  node: string;
  digest: string;
  incarnation: string;
  coordinator: CoordinatorPort;
  /** The highest this node has ever known. */
  epoch: () => number;
  /** Ids are of that epoch from now on. */
  takeEpoch: (epoch: number) => void;
  pulse: () => Pulse;
  log: { info(text: string): void; warn(text: string): void };
}

export class Member implements Gate {
  readonly #parts: MemberParts;
  /** Absent: not joined. */
  #term: number | undefined;
  #nodes: readonly NodeStatus[] = [];
  #refusal: string | undefined;
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
  }

  get joined(): boolean {
    return this.#term !== undefined;
  }

  /** As the coordinator saw them last. */
  get nodes(): readonly NodeStatus[] {
    return this.#nodes;
  }

  find(name: Buffer): Promise<readonly Copy[]> {
    return this.#parts.coordinator.find(name);
  }

  async commit(candidate: Candidate): Promise<void> {
    const { coordinator, node } = this.#parts;
    await this.#asMember((term) => coordinator.commit(node, term, candidate));
  }

  async sealed(candidate: Candidate): Promise<void> {
    const { coordinator, node } = this.#parts;
    await this.#asMember((term) => coordinator.sealed(node, term, candidate));
  }

  abandoned(candidate: Candidate): void {
    const { coordinator, node } = this.#parts;
    // A coordinator that isn't told finds out when this node joins again.
    this.#asMember((term) => coordinator.abandoned(node, term, candidate)).catch(() => undefined);
  }

  remove(names: readonly Buffer[]): Promise<number> {
    return this.#parts.coordinator.remove(names);
  }

  /** Whoever loses the coordinator, or is fenced, joins again first. */
  async #asMember<T>(ask: (term: number) => Promise<T>): Promise<T> {
    const term = this.#term;
    if (term === undefined) throw this.#notJoined();
    try {
      return await ask(term);
    } catch (error) {
      if (isFabricError(error) && error.code === 'FENCED') this.#leave();
      throw error;
    }
  }

  #notJoined(): FabricError {
    const why = this.#refusal ?? `its coordinator, node ${this.#parts.config.coordinator}, doesn't answer`;
    return new FabricError(
      'NOCOORD',
      `this node isn't joined to its cluster: ${why}; what lies on it can be read meanwhile`,
    );
  }

  #leave(): void {
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
    const { config, node, digest, incarnation, coordinator, epoch, takeEpoch, log } = this.#parts;
    try {
      const welcome = await coordinator.join({
        cluster: config.name,
        protocol: PEER_PROTOCOL,
        digest,
        node,
        incarnation,
        epoch: epoch(),
      });
      takeEpoch(welcome.epoch);
      this.#term = welcome.term;
      this.#refusal = undefined;
      log.info(`joined cluster ${config.name}, whose coordinator is node ${config.coordinator}`);
      return 0;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#refusal) log.warn(`not joined: ${message}`);
      this.#refusal = message;
      return isFabricError(error) && error.code === 'ERR' ? REFUSED_MS : undefined;
    }
  }

  async #beat(): Promise<void> {
    const { coordinator, node, pulse } = this.#parts;
    try {
      this.#nodes = await this.#asMember((term) => coordinator.beat(node, term, pulse()));
    } catch (error) {
      // A coordinator that is away for a moment is still the one; another, or the same after a restart, says FENCED.
      if (!isFabricError(error)) throw error;
    }
  }
}
