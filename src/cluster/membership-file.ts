/** What a node keeps of its cluster over restarts: since when it has what it has, and which nodes were given up. Whole and on disk, or as it was before. */
import type { Farewell } from './peer-messages.js';
import { readWhole, writeWhole } from './whole-file.js';

interface Membership {
  epoch: number;
  farewells: readonly Farewell[];
}

export class MembershipFile {
  readonly #path: string;
  readonly #farewells: Map<string, Farewell>;
  #epoch: number;
  /** Writes follow one another. */
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, { epoch, farewells }: Membership) {
    this.#path = path;
    this.#epoch = epoch;
    this.#farewells = new Map(farewells.map((farewell) => [farewell.node, farewell]));
  }

  static async open(path: string): Promise<MembershipFile> {
    const says = 'what this node knows of its cluster';
    const kept = await readWhole(
      path,
      says,
      (bytes) => new MembershipFile(path, JSON.parse(String(bytes)) as Membership),
    );
    return kept ?? new MembershipFile(path, { epoch: 0, farewells: [] });
  }

  /** That the node was given when it last joined with no variables; 0: it never has. */
  get epoch(): number {
    return this.#epoch;
  }

  get farewells(): Farewell[] {
    return [...this.#farewells.values()];
  }

  /** The node has joined with no variables. Resolves when that is on disk. */
  begun(epoch: number): Promise<void> {
    this.#epoch = epoch;
    return this.#save();
  }

  /** Of two for one node the later counts. Resolves when they are on disk. */
  async note(farewells: readonly Farewell[]): Promise<void> {
    const news = farewells.filter(({ node, epoch }) => epoch > (this.#farewells.get(node)?.epoch ?? 0));
    for (const farewell of news) this.#farewells.set(farewell.node, farewell);
    await (news.length > 0 ? this.#save() : this.#last);
  }

  #save(): Promise<void> {
    const written = this.#last.then(() => {
      const membership: Membership = { epoch: this.#epoch, farewells: this.farewells };
      return writeWhole(this.#path, JSON.stringify(membership));
    });
    this.#last = written.catch(() => undefined);
    return written;
  }
}
