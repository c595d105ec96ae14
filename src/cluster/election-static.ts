/** No election: the configuration names the coordinator. */
import { FabricError } from '../errors.js';
import type { Election, ElectionEvents } from './election.js';

export interface StaticElectionParts {
  node: string;
  coordinator: string;
  /** Raises the node's epoch above that one; on disk before it is returned. */
  raiseEpoch: (above: number) => number;
  events: ElectionEvents;
}

export class StaticElection implements Election {
  readonly #parts: StaticElectionParts;
  readonly #elects: boolean;
  #closed = false;
  #elected = false;

  constructor(parts: StaticElectionParts) {
    this.#parts = parts;
    this.#elects = parts.coordinator === parts.node;
  }

  begin(): void {
    queueMicrotask(() => {
      if (!this.#closed) this.#elect();
    });
  }

  #elect(): void {
    const { coordinator, events, raiseEpoch } = this.#parts;
    const term = this.#elects ? raiseEpoch(0) : undefined;
    events.onLeader({ node: coordinator, term });
    if (term === undefined) return;
    this.#elected = true;
    events.onElected(term, () => (this.#closed ? -Infinity : Infinity));
  }

  /** The epoch file of the coordinator is the cluster's counter; its own ids are of the epoch after the one given last. */
  nextEpoch(above: number): Promise<number> {
    const { coordinator, raiseEpoch } = this.#parts;
    if (!this.#elects || this.#closed)
      return Promise.reject(new FabricError('NOCOORD', `epochs are given by the coordinator, node ${coordinator}`));
    // A full counter is a rejection, too.
    return Promise.resolve().then(() => {
      const given = raiseEpoch(above);
      raiseEpoch(given);
      return given;
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    if (this.#elected) this.#parts.events.onDeposed();
    this.#elected = false;
    return Promise.resolve();
  }
}
