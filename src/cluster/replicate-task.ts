/** Brings further copies of what a node had that is away: as many as it had, or, where nobody knows what it had, as are wanted. */
import type { Carrier } from './carrier.js';
import type { Amount, Job, Task } from './job.js';
import { NameList } from './name-list.js';
import type { Pages } from './pages.js';
import { walk } from './walk.js';

export interface ReplicateParts {
  pages: Pages;
  carrier: Carrier;
  /** Of the configuration; their places in it stand for them. */
  nodes: readonly string[];
}

export interface ReplicateTaskParts extends ReplicateParts {
  /** Nodes that have a copy, or may: what is beyond them can't be made up for. */
  others: number;
}

export class ReplicateTask implements Task {
  readonly kind = 'replicate';
  readonly node: string;
  /** The copies made, with the place of the node that has them. */
  readonly made = new NameList();
  readonly #parts: ReplicateTaskParts;
  /** With the copies that other nodes are to have. */
  #wanted = new NameList();
  #bytes = 0;
  #finished = 0;
  #gathered = false;

  constructor(node: string, parts: ReplicateTaskParts) {
    this.node = node;
    this.#parts = parts;
  }

  /**
   * Notes what others have copies of, too: what lies there alone nobody can bring back. To be called while the node's copies are listed still, if it
   * has ever told this coordinator of them. Once more it notes what is missing then; never during a pass.
   */
  async gather(): Promise<void> {
    this.#wanted = new NameList();
    this.#bytes = 0;
    for await (const listed of walk(this.#parts.pages)) {
      for (const { name, copies, replicas } of listed) {
        const others = copies.filter(({ node }) => node !== this.node).length;
        // What stands in for the node's own is listed, too, by then.
        const hadIt = others < copies.length && !this.#gathered;
        const wanted = Math.min(hadIt ? copies.length : replicas, this.#parts.others);
        if (others === 0 || others >= wanted) continue;
        const [{ xid, length }] = copies as [(typeof copies)[0]];
        this.#wanted.push({ name, xid, tag: wanted });
        this.#bytes += length;
      }
    }
    this.#gathered = true;
  }

  left(): Amount {
    const variables = this.#wanted.length - this.#finished;
    return { variables, bytes: variables === 0 ? 0 : Math.max(0, this.#bytes) };
  }

  async pass(job: Job): Promise<boolean> {
    const { carrier, nodes } = this.#parts;
    const failed = new NameList();
    this.#finished = 0;
    await job.each(this.#wanted, async ({ name, xid, tag }) => {
      const carried = await carrier.replace({ name, xid, from: this.node }, tag, job.spend);
      job.note(carried);
      this.#finished++;
      this.#bytes -= carried.bytes;
      if (carried.to !== undefined) this.made.push({ name, xid, tag: nodes.indexOf(carried.to) });
      else if (carried.outcome === 'stuck') failed.push({ name, xid, tag });
    });
    if (job.stopped) return false;
    this.#wanted = failed;
    this.#finished = 0;
    return failed.length > 0;
  }
}

/** The node is back with its copies: those made in their place go. */
export class ThinTask implements Task {
  readonly kind = 'thin';
  readonly node: string;
  readonly #parts: ReplicateParts;
  #made: NameList;
  #finished = 0;

  constructor(node: string, made: NameList, parts: ReplicateParts) {
    this.node = node;
    this.#made = made;
    this.#parts = parts;
  }

  left(): Amount {
    return { variables: this.#made.length - this.#finished, bytes: 0 };
  }

  async pass(job: Job): Promise<boolean> {
    const { carrier, nodes } = this.#parts;
    const failed = new NameList();
    this.#finished = 0;
    await job.each(this.#made, async (listed) => {
      const { name, xid, tag } = listed;
      const restored = await carrier.restore({ name, xid, from: this.node, to: nodes[tag]! });
      job.note(restored);
      this.#finished++;
      if (restored.outcome === 'stuck' || restored.outcome === 'pinned') failed.push(listed);
    });
    if (job.stopped) return false;
    this.#made = failed;
    this.#finished = 0;
    return failed.length > 0;
  }
}
