/**
 * What names stand for, changed one at a time for each name. The nodes are the truth: every change is made by them, and noted in the
 * yellow pages when it is made.
 */
import { FabricError, isFabricError } from '../errors.js';
import { nameKey, printable } from '../fabric/names.js';
import type { Move } from '../fabric/gate.js';
import { NameLocks } from './name-locks.js';
import { NameWatchers } from './name-watchers.js';
import type { Pages } from './pages.js';
import type { Candidate, Copy, Fate, MemberPort, Outcome, Tombstone } from './peer-messages.js';
import { Removal } from './removal.js';
import type { Roster } from './roster.js';
import { Strays } from './strays.js';

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

/** A commit whose sealing is awaited; its name is locked. */
interface Granted {
  node: string;
  candidate: Candidate;
  former: readonly Copy[];
  release: () => void;
}

/** A name whose last commit nobody knows the end of: the nodes that will tell when they are back. */
interface Doubt {
  name: Buffer;
  xid: number;
  former: readonly Copy[];
  nodes: Set<string>;
}

/** Of those the commit is on its way for seconds at most. */
const OVER_MAX = 10_000;

export class Naming {
  readonly #parts: NamingParts;
  readonly #locks = new NameLocks();
  /** By xid. */
  readonly #granted = new Map<number, Granted>();
  /** Xids whose end is being asked for. */
  readonly #concluding = new Set<number>();
  readonly #doubts = new Map<string, Doubt>();
  /** Outcomes that were told before the commit came, or again: whoever asks for leave then has given up since. */
  readonly #over = new Set<number>();
  readonly #strays = new Strays();
  readonly #removal: Removal;
  readonly #watchers = new NameWatchers();

  constructor(parts: NamingParts) {
    this.#parts = parts;
    this.#removal = new Removal({ ...parts, strays: this.#strays });
  }

  /** Whether others have a value of that name, which goes when the new one is sealed. */
  async commit(node: string, candidate: Candidate): Promise<boolean> {
    const { name, xid } = candidate;
    const release = await this.#locks.acquire(nameKey(name));
    try {
      this.#requireWanted(candidate);
      this.#requireOffice(node);
      this.#requireNoDoubt(name);
      const former = this.#parts.pages.find(name);
      // Asked for again: the answer to the first was lost.
      if (former.some((copy) => copy.xid === xid)) {
        release();
        return true;
      }
      if (former.length > 0) await this.#clearWay(candidate, former, node);
      this.#granted.set(xid, { node, candidate, former, release });
      return former.some((copy) => copy.node !== node);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Whoever looks the former value up by its name on its own node is sent here from now on, and waits for the outcome. */
  async #clearWay(candidate: Candidate, former: readonly Copy[], writer: string): Promise<void> {
    const { name, replace } = candidate;
    const [{ xid, length, crc32c }] = former as [Copy];
    if (!replace) {
      throw new FabricError(
        'EXISTS',
        `the name is taken: xid=${xid} length=${length} crc32c=${crc32c}; variables are write-once: choose another name, FABRIC.DELETE it, or add REPLACE`,
      );
    }
    this.#parts.roster.requireAnyUp(former);
    const others = this.#parts.roster.upOf(former).filter(({ node }) => node !== writer);
    try {
      await Promise.all(others.map((copy) => this.#veil(copy)));
    } catch (error) {
      this.#unveil(others);
      throw new FabricError('REMOTE', `${printable(name)} can't be replaced now: ${(error as Error).message}`);
    }
    try {
      // That took time.
      this.#requireOffice(writer);
      this.#requireWanted(candidate);
    } catch (error) {
      this.#unveil(others);
      throw error;
    }
  }

  #veil({ node, xid }: Copy): Promise<void> {
    const { member, term, roster } = this.#parts;
    return member(node).veil(term, xid, roster.joiningOf(node));
  }

  #unveil(copies: readonly Copy[]): void {
    for (const { node, xid } of copies) {
      // A node that joins again lifts its veils.
      this.#parts
        .member(node)
        .unveil(this.#parts.term, xid, this.#parts.roster.joiningOf(node))
        .catch((error: unknown) => this.#parts.expel(node, error));
    }
  }

  async ended(node: string, { xid, copies, unclear }: Outcome): Promise<void> {
    const granted = this.#granted.get(xid);
    if (granted?.node === node) await this.#end(granted, copies, unclear);
    else this.#noteOver(xid);
  }

  #noteOver(xid: number): void {
    const [oldest] = this.#over;
    if (this.#over.size === OVER_MAX) this.#over.delete(oldest!);
    this.#over.add(xid);
  }

  /** `unclear` are nodes that may have sealed their copy: each says so, or gives it up for good. */
  async #end(
    { node, candidate, former, release }: Granted,
    known: readonly Copy[],
    unclear: readonly string[],
  ): Promise<void> {
    const { name, xid } = candidate;
    this.#granted.delete(xid);
    this.#concluding.add(xid);
    try {
      const { sealed, silent } = await this.#conclude(xid, unclear);
      const copies = [...known, ...sealed];
      if (copies.length > 0) {
        for (const other of silent) this.#strays.note(xid, other);
        await this.#publish(name, copies, former);
      } else if (silent.length > 0) this.#doubts.set(nameKey(name), { name, xid, former, nodes: new Set(silent) });
      else this.#unveil(former.filter((copy) => copy.node !== node));
      // Also those that have come back meanwhile, and told of themselves before anybody waited for that.
      for (const other of silent) this.#parts.expel(other, `it hasn't said whether it has sealed ${xid}`);
    } finally {
      this.#concluding.delete(xid);
      release();
    }
  }

  async #conclude(xid: number, nodes: readonly string[]): Promise<{ sealed: Copy[]; silent: string[] }> {
    const { roster, member, term } = this.#parts;
    const sealed: Copy[] = [];
    const silent = nodes.filter((node) => !roster.isUp(node));
    const conclude = async (node: string) => {
      try {
        const copy = await member(node).conclude(term, xid);
        if (copy !== null) sealed.push(copy);
      } catch {
        silent.push(node);
      }
    };
    await Promise.all(nodes.filter((node) => roster.isUp(node)).map(conclude));
    return { sealed, silent };
  }

  async #publish(name: Buffer, copies: readonly Copy[], former: readonly Copy[]): Promise<void> {
    const [{ xid }] = copies as [Copy];
    // A node's own seal has removed the value before it there.
    const left = former.filter((copy) => copy.xid !== xid);
    try {
      if (left.length > 0) await this.#removal.remove(name, left);
    } finally {
      // It is sealed, whatever becomes of the one before.
      this.#parts.pages.put(name, copies);
      this.#watchers.wake(name);
    }
  }

  async remove(name: Buffer): Promise<boolean> {
    const release = await this.#locks.acquire(nameKey(name));
    try {
      this.#parts.requireOffice();
      this.#requireNoDoubt(name);
      const copies = this.#parts.pages.find(name);
      if (copies.length === 0) return false;
      this.#parts.roster.requireAnyUp(copies);
      await this.#removal.remove(name, copies);
      this.#parts.pages.remove(name);
      return true;
    } finally {
      release();
    }
  }

  /** Removes a variable whose name is another's. */
  discard(xid: number): Promise<void> {
    return this.#settle(xid, async (name, copies) => {
      this.#parts.roster.requireAnyUp(copies);
      await this.#removal.remove(name, copies);
      this.#parts.pages.discard(name, xid, copies);
    });
  }

  /** Its name is free by now, and it is found by it from now on. EXISTS when it isn't. */
  publish(xid: number): Promise<void> {
    return this.#settle(xid, (name, copies) => {
      const [other] = this.#parts.pages.find(name);
      if (other !== undefined)
        throw new FabricError(
          'EXISTS',
          `${printable(name)} stands for ${other.xid} still: FABRIC.DELETE that first, or FABRIC.DISCARD ${xid}`,
        );
      this.#parts.pages.publish(name, xid);
      this.#unveil(copies);
      this.#watchers.wake(name);
    });
  }

  async #settle(xid: number, how: (name: Buffer, copies: readonly Copy[]) => void | Promise<void>): Promise<void> {
    const noConflict = () =>
      new FabricError('NOTFOUND', `${xid} is no variable whose name is another's: FABRIC.CONFLICTS lists those`);
    const conflict = await this.#parts.pages.conflict(xid);
    if (conflict === undefined) throw noConflict();
    const { name, copies } = conflict;
    const release = await this.#locks.acquire(nameKey(name));
    try {
      this.#parts.requireOffice();
      this.#requireNoDoubt(name);
      // It may have been settled while the lock was waited for.
      if (!this.#parts.pages.isConflict(name, xid)) throw noConflict();
      await how(name, copies);
    } finally {
      release();
    }
  }

  #requireWanted({ xid }: Candidate): void {
    if (this.#over.has(xid)) throw new FabricError('NOCOORD', `whoever wrote ${xid} has given up meanwhile: try again`);
  }

  async adopt(node: string, name: Buffer, xid: number): Promise<boolean> {
    const release = await this.#locks.acquire(nameKey(name));
    try {
      this.#requireOffice(node);
      const copies = this.#parts.pages.find(name);
      if (copies[0]?.xid !== xid) return false;
      this.#strays.note(xid, node);
      const { member, term, roster } = this.#parts;
      const adopted = await member(node).seal(term, xid, roster.joiningOf(node));
      this.#strays.forget(xid, node);
      this.#parts.pages.add(name, adopted);
      return true;
    } catch (error) {
      // Whoever refuses hasn't sealed it; who doesn't answer may have.
      if (isFabricError(error) && error.code !== 'REMOTE') this.#strays.forget(xid, node);
      else if (this.#strays.of(xid).has(node)) this.#parts.expel(node, error);
      throw error;
    } finally {
      release();
    }
  }

  async thin(name: Buffer, xid: number, node: string): Promise<boolean> {
    const release = await this.#locks.acquire(nameKey(name));
    try {
      this.#requireOffice(node);
      const copies = this.#parts.pages.find(name);
      const others = copies.filter((copy) => copy.node !== node && this.#parts.roster.isUp(copy.node));
      if (copies[0]?.xid !== xid || others.length === 0) return false;
      if (others.length < copies.length && !(await this.#shedThere(node, xid))) return false;
      this.#parts.pages.thin(name, xid, node);
      return true;
    } finally {
      release();
    }
  }

  async #shedThere(node: string, xid: number): Promise<boolean> {
    try {
      return await this.#parts.member(node).shed(this.#parts.term, xid);
    } catch (error) {
      this.#parts.expel(node, error);
      throw error;
    }
  }

  moved(node: string, moves: readonly Move[]): void {
    for (const { name, ...place } of moves) this.#parts.pages.move(name, { node, ...place });
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
    this.#requireNoDoubt(name);
    return this.#parts.pages.find(name);
  }

  /** Resolves when all that was under way has come to its end: whoever has been told of a success finds it listed. */
  settled(): Promise<void> {
    return this.#locks.allSettled();
  }

  /** What became of a stored copy that its writer has left behind. */
  fate(name: Buffer, xid: number): Fate {
    const doubted = this.#doubts.get(nameKey(name))?.xid === xid;
    if (doubted || this.#granted.has(xid) || this.#concluding.has(xid)) return 'pending';
    return this.#parts.pages.find(name)[0]?.xid === xid ? 'sealed' : 'void';
  }

  /** The node is away: what it was about to seal may be sealed there or not, until it is back. */
  async lost(node: string): Promise<void> {
    const begun = [...this.#granted.values()].filter((granted) => granted.node === node);
    await Promise.all(
      begun.map((granted) =>
        this.#end(
          granted,
          [],
          granted.candidate.copies.map((copy) => copy.node),
        ),
      ),
    );
  }

  /** Before anybody is told what a node has: what has ended while it was away is removed there. */
  prepare(node: string, tombstones: readonly Tombstone[]): Promise<void> {
    return this.#removal.prepare(node, tombstones);
  }

  /** The node has told what it has: that settles what waited for it. */
  async returned(node: string): Promise<void> {
    this.#strays.settle(node);
    for (const [key, doubt] of this.#doubts) {
      if (!doubt.nodes.delete(node)) continue;
      const { name, xid, former } = doubt;
      const sealed = this.#parts.pages.holds(name, xid);
      if (!sealed && doubt.nodes.size > 0) continue;
      const release = await this.#locks.acquire(key);
      try {
        this.#doubts.delete(key);
        for (const other of doubt.nodes) this.#strays.note(xid, other);
        if (sealed) await this.#succeed(name, xid, former);
        else this.#unveil(former);
      } finally {
        release();
      }
    }
  }

  /** The value that was in doubt has come about: it takes the place of the former one. */
  async #succeed(name: Buffer, xid: number, former: readonly Copy[]): Promise<void> {
    const { pages } = this.#parts;
    if (pages.find(name)[0]?.xid !== xid) {
      if (former.length > 0) await this.#removal.remove(name, former);
      pages.remove(name);
      pages.publish(name, xid);
    }
    // It was veiled as one too many.
    this.#unveil(pages.find(name));
    this.#watchers.wake(name);
  }

  #requireOffice(node: string): void {
    this.#parts.requireOffice();
    this.#parts.roster.requireUp(node);
  }

  #requireNoDoubt(name: Buffer): void {
    const doubt = this.#doubts.get(nameKey(name));
    if (doubt === undefined) return;
    throw new FabricError(
      'REMOTE',
      `whether ${printable(name)} is there is known when node ${[...doubt.nodes].join(' or ')} is back`,
    );
  }
}
