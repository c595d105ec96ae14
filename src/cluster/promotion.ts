/** Makes another node the coordinator by hand, where nobody is elected. */
import { FabricError } from '../errors.js';
import type { StaticElection } from './election-static.js';
import type { Seat } from './seat.js';

/**
 * Epochs left out, as the former coordinator may have granted some that nobody else has heard of: it grants two with each joining. There are
 * two million in all.
 */
const EPOCH_GAP = 4096;

/** What a node says of the coordinator. */
export interface SeatReport {
  seat: Seat;
  /** The highest it has heard of. */
  epoch: number;
}

export interface PromotionParts {
  node: string;
  /** All nodes' names. */
  nodes: readonly string[];
  /** Absent: an etcd elects. */
  election: StaticElection | undefined;
  report: () => SeatReport;
  ask: (node: string, verb: string, args: readonly unknown[]) => Promise<unknown>;
}

export interface Promoted {
  generation: number;
  /** Nodes that know of it. */
  told: readonly string[];
  /** Nodes that don't answer: they learn of it from the others when they are back. */
  silent: readonly string[];
}

export class Promotion {
  readonly #parts: PromotionParts;

  constructor(parts: PromotionParts) {
    this.#parts = parts;
  }

  /** What another node asks for. */
  get served(): Readonly<Record<string, (args: readonly unknown[]) => unknown>> {
    return {
      seat: () => this.#parts.report(),
      'seat.learn': ([seat]) => this.#learn(seat as Seat),
    };
  }

  async othersSeats(): Promise<Seat[]> {
    return (await this.#reports()).filter(({ node }) => node !== this.#parts.node).map(({ report }) => report.seat);
  }

  /** `force`: also when the present coordinator doesn't answer. */
  async promote(node: string, force: boolean): Promise<Promoted> {
    const { election, nodes } = this.#parts;
    if (election === undefined)
      throw new FabricError('ERR', 'the coordinator is elected by etcd: stop the present one, and another is');
    const reports = await this.#reports();
    const answering = reports.map((reported) => reported.node);
    if (!answering.includes(node))
      throw new FabricError('REMOTE', `node ${node} doesn't answer: only a node that is up can be promoted`);
    const generation = Math.max(...reports.map(({ report }) => report.seat.generation));
    const present = reports.find(({ report }) => report.seat.generation === generation)!.report.seat.node;
    if (present === node) throw new FabricError('EXISTS', `node ${node} is the coordinator already`);
    if (!answering.includes(present) && !force) throw this.#unanswered(node, present);
    const known = Math.max(...reports.map(({ report }) => Math.max(report.epoch, report.seat.epoch)));
    const seat: Seat = { generation: generation + 1, node, epoch: known + EPOCH_GAP };
    // The present one first: it grants nothing any more. Then its successor, whom the others are to find at it.
    if (answering.includes(present)) await this.#tell(present, seat);
    await this.#tell(node, seat);
    const rest = answering.filter((other) => other !== present && other !== node);
    const told = await Promise.allSettled(rest.map((other) => this.#tell(other, seat)));
    const missed = rest.filter((_, at) => told[at]!.status === 'rejected');
    const silent = nodes.filter((other) => !answering.includes(other) || missed.includes(other));
    return { generation: seat.generation, told: nodes.filter((other) => !silent.includes(other)), silent };
  }

  #unanswered(node: string, present: string): FabricError {
    return new FabricError(
      'REMOTE',
      `node ${present}, the coordinator, doesn't answer. If it is only cut off it goes on granting to whom it reaches, and what is stored there under ` +
        `names that are given out here meanwhile comes back as CONFLICT: make sure that it has ended, then FABRIC.PROMOTE ${node} FORCE`,
    );
  }

  async #reports(): Promise<{ node: string; report: SeatReport }[]> {
    const { node: own, nodes, report, ask } = this.#parts;
    const asked = await Promise.allSettled(
      nodes.map(async (node) => ({
        node,
        report: node === own ? report() : ((await ask(node, 'seat', [])) as SeatReport),
      })),
    );
    return asked.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  }

  async #tell(node: string, seat: Seat): Promise<void> {
    const { node: own, ask } = this.#parts;
    if (node === own) await this.#learn(seat);
    else await ask(node, 'seat.learn', [seat]);
  }

  async #learn(seat: Seat): Promise<Seat> {
    const { election } = this.#parts;
    if (election === undefined) throw new FabricError('ERR', 'the coordinator is elected by etcd here');
    const learnt = await election.learn(seat);
    if (learnt.generation === seat.generation && learnt.node === seat.node) return learnt;
    throw new FabricError('STALE', `node ${learnt.node} was promoted meanwhile: look at FABRIC.NODES, then try again`);
  }
}
