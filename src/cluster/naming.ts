/**
 * What names stand for, changed one at a time for each name. The nodes are the truth: every change is made by them, and noted in the
 * yellow pages when it is made.
 */
import { FabricError } from '../errors.js';
import { nameKey, printable } from '../fabric/names.js';
import { Conflicts } from './conflicts.js';
import { Doubts } from './doubts.js';
import { Grants } from './grants.js';
import { Holdings } from './holdings.js';
import { Inheritance } from './inheritance.js';
import { NameLocks } from './name-locks.js';
import { NameWatchers } from './name-watchers.js';
import { Outcomes } from './outcomes.js';
import type { Pages } from './pages.js';
import type { Candidate, Copy, Fate, MemberPort, Outcome, Tombstone } from './peer-messages.js';
import { Removal } from './removal.js';
import type { Roster } from './roster.js';
import { Strays } from './strays.js';
import { Veils } from './veils.js';

export interface NamingParts {
  term: number;
  pages: Pages;
  roster: Roster;
  member: (node: string) => MemberPort;
  /** Throws when this coordinator may not change anything now. */
  requireOffice: () => void;
  /** The node, if it is up, has to join again: what it was asked last it may have done or not, and then it says. */
  expel: (node: string, why: unknown) => void;
}

export class Naming {
  readonly holdings: Holdings;
  readonly conflicts: Conflicts;
  readonly #parts: NamingParts;
  readonly #locks = new NameLocks((key) => this.#hurry(this.#grants.writers(key)));
  readonly #grants = new Grants();
  readonly #doubts = new Doubts();
  readonly #strays = new Strays();
  readonly #watchers = new NameWatchers();
  readonly #veils: Veils;
  readonly #removal: Removal;
  readonly #inheritance: Inheritance;
  readonly #outcomes: Outcomes;

  constructor(parts: NamingParts) {
    this.#parts = parts;
    this.#veils = new Veils(parts);
    this.#removal = new Removal({ ...parts, strays: this.#strays });
    const shared = {
      ...parts,
      locks: this.#locks,
      strays: this.#strays,
      grants: this.#grants,
      doubts: this.#doubts,
      watchers: this.#watchers,
      veils: this.#veils,
      removal: this.#removal,
    };
    this.#inheritance = new Inheritance(shared);
    this.#outcomes = new Outcomes({ ...shared, inheritance: this.#inheritance });
    this.holdings = new Holdings(shared);
    this.conflicts = new Conflicts(shared);
  }

  /** What others have of a value of that name, which goes when the new one is sealed. */
  async commit(node: string, candidate: Candidate): Promise<readonly Copy[]> {
    const { name, xid } = candidate;
    const release = await this.#locks.acquire(nameKey(name));
    try {
      this.#grants.requireWanted(candidate);
      this.#requireOffice(node);
      this.#doubts.requireNone(name);
      const former = this.#parts.pages.find(name);
      // Asked for again: the answer to the first was lost.
      if (former.some((copy) => copy.xid === xid)) {
        release();
        return [];
      }
      if (former.length > 0) await this.#clearWay(candidate, former, node);
      this.#grants.give({ node, candidate, former, release });
      if (this.#watchers.isAwaited(name)) this.#hurry([node]);
      return former.filter((copy) => copy.node !== node);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Whoever looks the former value up by its name on its own node is sent here from now on, and waits for the outcome. */
  async #clearWay(candidate: Candidate, former: readonly Copy[], writer: string): Promise<void> {
    const { roster } = this.#parts;
    const { name, replace } = candidate;
    const [{ xid, length, crc32c }] = former as [Copy];
    if (!replace) {
      throw new FabricError(
        'EXISTS',
        `the name is taken: xid=${xid} length=${length} crc32c=${crc32c}; variables are write-once: choose another name, FABRIC.DELETE it, or add REPLACE`,
      );
    }
    roster.requireAnyUp(former);
    const others = roster.upOf(former).filter(({ node }) => node !== writer);
    try {
      await this.#veils.lay(others);
    } catch (error) {
      this.#veils.lift(others);
      throw new FabricError('REMOTE', `${printable(name)} can't be replaced now: ${(error as Error).message}`);
    }
    try {
      // That took time.
      this.#requireOffice(writer);
      this.#grants.requireWanted(candidate);
    } catch (error) {
      this.#veils.lift(others);
      throw error;
    }
  }

  async remove(name: Buffer): Promise<boolean> {
    const { pages, roster, requireOffice } = this.#parts;
    const release = await this.#locks.acquire(nameKey(name));
    try {
      requireOffice();
      this.#doubts.requireNone(name);
      const copies = pages.find(name);
      if (copies.length === 0) return false;
      roster.requireAnyUp(copies);
      await this.#removal.remove(name, copies);
      pages.remove(name);
      return true;
    } finally {
      release();
    }
  }

  /** The writer tells how its commit has ended. */
  ended(node: string, outcome: Outcome): Promise<void> {
    return this.#outcomes.take(node, outcome);
  }

  /** The node is away: what it was about to seal may be sealed there or not, until it is back. */
  lost(node: string): Promise<void> {
    return this.#outcomes.lost(node);
  }

  /** With `waitMs`: as soon as it is published in that time. */
  async find(name: Buffer, waitMs: number): Promise<readonly Copy[]> {
    const found = await this.#lookUp(name);
    if (found.length > 0 || waitMs === 0) return found;
    await this.#watchers.wait(name, waitMs);
    return this.#lookUp(name);
  }

  async #lookUp(name: Buffer): Promise<readonly Copy[]> {
    await this.#locks.settled(nameKey(name));
    this.#doubts.requireNone(name);
    return this.#parts.pages.find(name);
  }

  /** Resolves when all that was under way has come to its end, or what was of that name: whoever has been told of a success finds it listed. */
  settled(name?: Buffer): Promise<void> {
    return name === undefined ? this.#locks.allSettled() : this.#locks.settled(nameKey(name));
  }

  /** What became of a stored copy that its writer has left behind. */
  fate(name: Buffer, xid: number): Fate {
    if (this.#doubts.has(name, xid) || this.#grants.isOpen(xid)) return 'pending';
    return this.#parts.pages.find(name)[0]?.xid === xid ? 'sealed' : 'void';
  }

  /** Before anybody is told what a node has: what has ended while it was away is removed there. */
  async prepare(node: string, tombstones: readonly Tombstone[]): Promise<void> {
    await this.#removal.prepare(node, tombstones);
    await this.#inheritance.bury(tombstones);
  }

  /** The node has told what it has: that settles what waited for it. */
  async returned(node: string): Promise<void> {
    this.#strays.settle(node);
    await this.#outcomes.returned(node);
  }

  /** Writers who are not waited for let others wait a little for how it has ended. */
  #hurry(nodes: Iterable<string>): void {
    const { member, term } = this.#parts;
    for (const node of nodes)
      member(node)
        .hurry(term)
        .catch(() => undefined);
  }

  #requireOffice(node: string): void {
    this.#parts.requireOffice();
    this.#parts.roster.requireUp(node);
  }
}
