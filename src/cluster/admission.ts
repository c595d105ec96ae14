/** Takes nodes in that join: they remove what has ended while they were away, tell what they have, and get an epoch. */
import { FabricError } from '../errors.js';
import type { ClusterConfig } from './config.js';
import { requireKin } from './kin.js';
import { NameLocks } from './name-locks.js';
import type { Naming } from './naming.js';
import type { Pages } from './pages.js';
import type { Hello, MemberPort, Welcome } from './peer-messages.js';
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
    const { config, roster } = this.#parts;
    requireKin(hello, config);
    const { node } = hello;
    if (roster.isForgotten(node) && hello.variables > 0)
      throw new FabricError(
        'ERR',
        `node ${node} was given up with FABRIC.FORGET, and what it has may be somebody else's by now: stop it, \`datafabric purge\` it, and start it again`,
      );
    const release = await this.#joining.acquire(node);
    try {
      return await this.#takeIn(hello);
    } finally {
      release();
    }
  }

  async #takeIn(hello: Hello): Promise<Welcome> {
    const { term, roster, naming, grantEpoch, lost, log } = this.#parts;
    const { node } = hello;
    if (roster.isUp(node)) await lost(node, 'joins again');
    roster.joins(node, hello.joining);
    const loading = this.#load(hello);
    this.#loading.add(loading);
    try {
      const variables = await loading;
      this.#epoch = await grantEpoch(Math.max(hello.epoch, this.#epoch));
      roster.joined(node, hello.incarnation);
      // What has ended since it was asked for its inventory.
      await naming.prepare(node, []);
      await naming.returned(node);
      log.info(`node ${node} has joined with ${variables} variables`);
      return { term, epoch: this.#epoch };
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
