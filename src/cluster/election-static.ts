/**
 * No election: the configuration names the coordinator, or somebody has promoted another node by hand. Nodes ask each other again and again
 * who it is, and whoever begins to coordinate asks first: one that was replaced while it was away follows its successor.
 */
import { FabricError } from '../errors.js';
import { pause } from '../util/pause.js';
import type { Election, ElectionEvents, ElectionLog } from './election.js';
import { isNewer, type Seat, type SeatFile } from './seat.js';

export interface StaticElectionParts {
  node: string;
  seats: SeatFile;
  /** What the other nodes that answer know. */
  askOthers: () => Promise<readonly Seat[]>;
  /** Between the rounds of asking. */
  askMs: number;
  /** Raises the node's epoch above that one; on disk before it is returned. */
  raiseEpoch: (above: number) => number;
  events: ElectionEvents;
  log: ElectionLog;
}

export class StaticElection implements Election {
  readonly #parts: StaticElectionParts;
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** The one that is acted on; absent: not begun. */
  #followed: Seat | undefined;
  #elected = false;

  constructor(parts: StaticElectionParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#running = Promise.resolve().then(() => this.#run());
  }

  get seat(): Seat {
    return this.#parts.seats.seat;
  }

  /** A promotion: resolves when it is on disk, and followed where the election has begun. */
  async learn(seat: Seat): Promise<Seat> {
    const { seats } = this.#parts;
    await seats.learn(seat);
    if (this.#followed !== undefined) this.#follow(seats.seat);
    return seats.seat;
  }

  /** The epoch file of the coordinator is the cluster's counter; its own ids are of the epoch after the one given last. */
  nextEpoch(above: number): Promise<number> {
    const { raiseEpoch } = this.#parts;
    if (!this.#elected)
      return Promise.reject(new FabricError('NOCOORD', `epochs are given by the coordinator, node ${this.seat.node}`));
    // A full counter is a rejection, too.
    return Promise.resolve().then(() => {
      const given = raiseEpoch(above);
      raiseEpoch(given);
      return given;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#depose();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { seats, askMs, log } = this.#parts;
    const { signal } = this.#closing;
    // Whoever doesn't coordinate does no harm by following the wrong one for a while.
    if (seats.seat.node !== this.#parts.node) this.#follow(seats.seat);
    while (!signal.aborted) {
      try {
        await this.#ask();
      } catch (error) {
        log.warn(`who coordinates can't be noted: ${(error as Error).message}`);
      }
      if (!this.#isClosed) this.#follow(seats.seat);
      await pause(askMs, signal);
    }
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #ask(): Promise<void> {
    const { seats, askOthers } = this.#parts;
    for (const seat of await askOthers()) if (isNewer(seat, seats.seat)) await seats.learn(seat);
  }

  #follow(seat: Seat): void {
    const { node, events, raiseEpoch, log } = this.#parts;
    const { generation, node: former } = this.#followed ?? { generation: -1, node: undefined };
    if (this.#isClosed || (generation === seat.generation && former === seat.node)) return;
    this.#followed = seat;
    this.#depose();
    if (seat.generation > 0)
      log.info(`node ${seat.node} coordinates, promoted by hand (generation ${seat.generation})`);
    const term = seat.node === node ? raiseEpoch(seat.epoch) : undefined;
    events.onLeader({ node: seat.node, term });
    if (term === undefined) return;
    this.#elected = true;
    events.onElected(term, () => (this.#elected && this.#followed === seat ? Infinity : -Infinity));
  }

  #depose(): void {
    if (!this.#elected) return;
    this.#elected = false;
    this.#parts.events.onDeposed();
  }
}
