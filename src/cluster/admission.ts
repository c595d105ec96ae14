/** Takes nodes in that join: they remove what has ended while they were away, tell what they have, and get an epoch. */
import { FabricError } from '../errors.js';
import type { ClusterConfig } from './config.js';
import { requireKin } from './kin.js';
import { NameLocks } from './name-locks.js';
import type { Naming } from './naming.js';
import type { Pages } from './pages.js';
import type { Farewell, Hello, MemberPort, Welcome } from './peer-messages.js';
import type { Roster } from './roster.js';

export interface AdmissionParts {
  config: ClusterConfig;
  term: number;
  pages: Pages;
  roster: Roster;
  naming: Naming;
  member: (node: string) => MemberPort;
  /** An epoch that nobody has had, above that one; not given again, whatever crashes. */
  grantEpoch: (above: number) => Promise<number>;
  /** A node that is up is no longer. */
  lost: (node: string, how: string) => Promise<void>;
  log: { info(text: string): void; warn(text: string): void };
}

export class Admission {
  readonly #parts: AdmissionParts;
  /** Inventories on their way; what isn't found may still come with one. */
  readonly #loading = new Set<Promise<unknown>>();
  /** A node that asks again, as it has had no answer, waits for the end of the first. */
  readonly #joining = new NameLocks();
  #epoch = 0;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** The highest that was granted. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Resolves when no inventory is on its way any more of those that are now. */
  settled(): Promise<unknown> {
    return Promise.allSettled(this.#loading);
  }

  async join(hello: Hello): Promise<Welcome> {
    requireKin(hello, this.#parts.config);
    await this.#learn(hello.farewells);
    this.#requireKept(hello);
    const release = await this.#joining.acquire(hello.node);
    try {
      return await this.#takeIn(hello);
    } finally {
      release();
    }
  }

  /** A node is given up: nobody waits for it, and what it has it may not bring back, whoever coordinates then. REMOTE when nobody could note that. */
  async forget(node: string): Promise<void> {
    const { roster } = this.#parts;
    const epoch = await this.#nextEpoch(0);
    if (roster.isUp(node)) throw new FabricError('INUSE', `node ${node} has just joined: stop it first`);
    roster.forget(node, epoch);
    if (await this.#tell({ node, epoch, isForgotten: true })) return;
    throw new FabricError('REMOTE', `no node could note that ${node} is given up: try again`);
  }

  /** What nodes have noted for those who coordinate after one another. A node that has joined before anybody told that it was given up leaves again. */
  async #learn(farewells: readonly Farewell[]): Promise<void> {
    const { roster, pages, naming, lost } = this.#parts;
    for (const farewell of farewells) {
      roster.learn(farewell);
      const { node } = farewell;
      if (!roster.isUp(node) || !roster.isGivenUp(node)) continue;
      await lost(node, 'was given up with FABRIC.FORGET');
      await pages.drop(node);
      await naming.returned(node);
    }
  }

  #requireKept({ node, begunEpoch, variables }: Hello): void {
    if (!this.#parts.roster.isGivenUp(node, { epoch: begunEpoch, withVariables: variables > 0 })) return;
    throw new FabricError(
      'ERR',
      `node ${node} was given up with FABRIC.FORGET, and what it has may be somebody else's by now: stop it, \`datafabric purge\` it, and start it again`,
    );
  }

  async #nextEpoch(above: number): Promise<number> {
    this.#epoch = await this.#parts.grantEpoch(Math.max(above, this.#epoch));
    return this.#epoch;
  }

  /** True: somebody has it on disk. */
  async #tell(farewell: Farewell): Promise<boolean> {
    const { roster, member, term } = this.#parts;
    const told = await Promise.allSettled(
      roster.up().map((node) => member(node).note(term, [farewell], roster.joiningOf(node))),
    );
    return told.some(({ status }) => status === 'fulfilled');
  }

  async #takeIn(hello: Hello): Promise<Welcome> {
    const { term, roster, naming, pages, lost, log } = this.#parts;
    const { node } = hello;
    if (roster.isUp(node)) await lost(node, 'joins again');
    roster.joins(node, hello.joining, { epoch: hello.begunEpoch, withVariables: hello.variables > 0 });
    const loading = pages.arriving(() => this.#load(hello));
    this.#loading.add(loading);
    try {
      const variables = await loading;
      const epoch = await this.#nextEpoch(hello.epoch);
      try {
        // Another may have told of it meanwhile.
        this.#requireKept(hello);
      } catch (error) {
        await pages.drop(node);
        throw error;
      }
      const wasForgotten = roster.isForgotten(node);
      roster.joined(node, hello.incarnation, epoch);
      // What has ended since it was asked for its inventory.
      await naming.prepare(node, []);
      await naming.returned(node);
      // Who isn't told waits for nothing but its own: what it has noted is older than this joining.
      if (wasForgotten) void this.#tell({ node, epoch, isForgotten: false });
      log.info(`node ${node} has joined with ${variables} variables`);
      return { term, epoch };
    } finally {
      this.#loading.delete(loading);
    }
  }

  async #load({ node, joining, tombstones }: Hello): Promise<number> {
    const { pages, naming, member, term, log } = this.#parts;
    await naming.prepare(node, tombstones);
    let conflicts = 0;
    const variables = await pages.load(node, (cursor) => member(node).inventory(term, cursor), {
      removed: (xid) => member(node).remove(term, xid),
      // Its name finds what others have of it on that node, too.
      conflict: (_, xid) => {
        conflicts++;
        return member(node).veil(term, xid, joining);
      },
    });
    if (conflicts > 0)
      log.warn(
        `CONFLICT: ${conflicts} variables of node ${node} have names that stand for others; they are kept, and found by nobody: FABRIC.CONFLICTS lists them`,
      );
    return variables;
  }
}
