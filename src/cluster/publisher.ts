/** Makes what was stored here everybody's: copies where they are to lie, the coordinator's leave, then all of them sealed. */
import type { Placing, Stored } from '../fabric/gate.js';
import type { Placement } from '../fabric/placements.js';
import { FabricError, isFabricError } from '../errors.js';
import type { Candidate, Copy, MemberPort, Offer, Outcome, PlaceRequest } from './peer-messages.js';

export interface PublisherParts {
  node: string;
  member: (node: string) => MemberPort;
  office: Office;
  /** Nothing new is to be stored here. */
  draining: () => boolean;
  /** Leave that came later than so many milliseconds after it was asked for may be out of date: another coordinator, which doesn't know of it, may give the name away by then. */
  leaveMs: number;
  /** Milliseconds of a clock that never goes back, and goes on while this process is stopped. */
  now: () => number;
}

/** The coordinator, as one who has joined asks it. */
export interface Office {
  readonly term: number;
  /** Rises whenever this node begins to join: leave that was given before is void. */
  readonly joinings: number;
  place(request: PlaceRequest): Promise<readonly string[]>;
  /** Copies that others have of a value of that name, which goes with `ended`. */
  commit(candidate: Candidate): Promise<readonly Copy[]>;
  ended(outcome: Outcome): Promise<void>;
  /** Told sooner or later; nobody waits. */
  endedLater(outcome: Outcome): void;
}

/** What is being published. */
interface Begun {
  stored: Stored;
  /** Of whoever gives leave: what is left to do elsewhere when that one is gone is done in its name. */
  term: number;
  /** The copy here, unless all lie elsewhere. */
  own: readonly Copy[];
  others: readonly string[];
}

export class Publisher {
  readonly #parts: PublisherParts;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  async publish(stored: Stored): Promise<Placement[]> {
    const { node, office } = this.#parts;
    const { name, xid, length, crc32c, replace } = stored;
    const { term } = office;
    const nodes = await this.#nodesFor(stored);
    const own = nodes.includes(node) ? [this.#ownCopy(stored)] : [];
    const others = nodes.filter((other) => other !== node);
    const begun: Begun = { stored, term, own, others };
    const copies = [...own, ...(await this.#spread(begun))];
    const { joinings } = office;
    const askedMs = this.#parts.now();
    let former: readonly Copy[];
    try {
      former = await office.commit({ name, xid, length, crc32c, replace, replicas: replicasOf(stored), copies });
      // What this node has told of itself since doesn't include it, and it counts as not sealed.
      if (office.joinings !== joinings)
        throw new FabricError('NOCOORD', 'this node has joined its cluster again meanwhile: try again');
      this.#requireFresh(askedMs);
    } catch (error) {
      this.#release(begun);
      // The leave may have been given, and only the answer lost.
      if (!isFabricError(error) || error.code !== 'EXISTS')
        office.endedLater({ name, xid, copies: [], unclear: others, former: [] });
      throw error;
    }
    return this.#seal(begun, former);
  }

  /** This node may have been stopped meanwhile, and its coordinator be another without its knowing. */
  #requireFresh(askedMs: number): void {
    const { leaveMs, now } = this.#parts;
    const tookMs = Math.round(now() - askedMs);
    if (tookMs < leaveMs) return;
    throw new FabricError(
      'NOCOORD',
      `the coordinator's leave took ${tookMs} ms, and after ${leaveMs} another may have given the name away: try again`,
    );
  }

  async #nodesFor(stored: Stored): Promise<readonly string[]> {
    const { name, length, placing } = stored;
    const { node, office, draining } = this.#parts;
    if (draining() && placing?.node === undefined) return this.#nodesElsewhere(stored);
    if (placing === undefined) return [node];
    const { replicas, spread } = placing;
    if (replicas === 1 && !spread) return [placing.node ?? node];
    const first = spread ? undefined : (placing.node ?? node);
    const nodes = await office.place({ name, length, replicas, first });
    requireEnough(nodes, placing, length);
    return nodes;
  }

  /** Where its name belongs among the nodes that aren't to be emptied. */
  async #nodesElsewhere(stored: Stored): Promise<readonly string[]> {
    const { name, length } = stored;
    const spread: Placing = { node: undefined, spread: true, replicas: replicasOf(stored) };
    const nodes = await this.#parts.office.place({ name, length, replicas: spread.replicas, first: undefined });
    requireEnough(nodes, spread, length);
    return nodes;
  }

  /** All of them or none. */
  async #spread(begun: Begun): Promise<Copy[]> {
    const { term, others } = begun;
    const { name, documentation, type, xid, length, crc32c } = begun.stored;
    const { node, member } = this.#parts;
    const replicas = replicasOf(begun.stored);
    const offer: Offer = { name, documentation, type, xid, length, crc32c, replicas, from: node };
    const taken = await Promise.allSettled(others.map((other) => member(other).take(term, offer)));
    const failed = taken.find((outcome) => outcome.status === 'rejected');
    if (failed === undefined)
      return taken.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    this.#release(begun);
    throw failed.reason;
  }

  #release({ stored, term, others }: Begun): void {
    const { member } = this.#parts;
    for (const node of others) {
      // Who isn't told asks the coordinator what became of it, by and by.
      member(node)
        .release(term, stored.xid)
        .catch(() => undefined);
    }
  }

  async #seal(begun: Begun, former: readonly Copy[]): Promise<Placement[]> {
    const { member, office } = this.#parts;
    const { stored, term, own, others } = begun;
    const { name, xid } = stored;
    if (own.length > 0) {
      try {
        stored.seal();
      } catch (error) {
        this.#release(begun);
        office.endedLater({ name, xid, copies: [], unclear: others, former: [] });
        throw error;
      }
    }
    const sealed = await Promise.allSettled(others.map((other) => member(other).seal(term, xid)));
    const copies = [...own, ...sealed.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))];
    const unclear = others.filter((_, at) => sealed[at]!.status === 'rejected');
    const outcome: Outcome = { name, xid, copies, unclear, former };
    // A replaced value elsewhere is gone before anybody hears of the new one's success.
    if (former.length > 0 || copies.length === 0) await this.#end(outcome);
    else office.endedLater(outcome);
    if (copies.length > 0) return copies.map(placementOf);
    throw new FabricError(
      'REMOTE',
      `node ${unclear.join(', ')} was to store it and doesn't answer: whether it did is known when it is back; an INSERT again then says EXISTS with xid ${xid}`,
    );
  }

  async #end(outcome: Outcome): Promise<void> {
    const { office } = this.#parts;
    try {
      await office.ended(outcome);
    } catch (error) {
      office.endedLater(outcome);
      throw error;
    }
  }

  #ownCopy({ sharedId, offset, length, xid, generation, crc32c }: Stored): Copy {
    return { node: this.#parts.node, sharedId, offset, length, xid, generation, crc32c };
  }
}

const replicasOf = ({ placing }: Stored): number => placing?.replicas ?? 1;

function requireEnough(nodes: readonly string[], { replicas }: Placing, length: number): void {
  if (nodes.length >= replicas) return;
  throw new FabricError(
    'OOM',
    `${replicas} nodes with room for ${length} bytes are needed, ${nodes.length} are there (FABRIC.NODES lists them): fewer REPLICAS, or FABRIC.ALLOC on others`,
  );
}

export const placementOf = ({ node, sharedId, offset, length, xid, generation }: Copy): Placement => ({
  node,
  sharedId,
  offset,
  length,
  xid,
  generation,
});
