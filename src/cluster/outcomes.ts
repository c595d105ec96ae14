/** How commits end: as the writer says, or, when that is silent, as the nodes that hold the copies say now or when they are back. */
import { nameKey } from '../fabric/names.js';
import type { Doubt, Doubts } from './doubts.js';
import type { Grant, Grants } from './grants.js';
import type { Inheritance } from './inheritance.js';
import type { NameLocks } from './name-locks.js';
import type { NameWatchers } from './name-watchers.js';
import type { Pages } from './pages.js';
import type { Candidate, Copy, MemberPort, Outcome } from './peer-messages.js';
import type { Removal } from './removal.js';
import type { Roster } from './roster.js';
import type { Strays } from './strays.js';
import type { Veils } from './veils.js';

export interface OutcomesParts {
  term: number;
  pages: Pages;
  roster: Roster;
  locks: NameLocks;
  grants: Grants;
  doubts: Doubts;
  strays: Strays;
  watchers: NameWatchers;
  veils: Veils;
  removal: Removal;
  inheritance: Inheritance;
  member: (node: string) => MemberPort;
  expel: (node: string, why: unknown) => void;
}

export class Outcomes {
  readonly #parts: OutcomesParts;

  constructor(parts: OutcomesParts) {
    this.#parts = parts;
  }

  async take(node: string, outcome: Outcome): Promise<void> {
    const { grants, inheritance } = this.#parts;
    const { xid, copies, unclear } = outcome;
    const grant = grants.of(xid);
    if (grant?.node === node) {
      await this.#end(grant, copies, unclear);
      return;
    }
    grants.noteOver(xid);
    await inheritance.take(outcome);
  }

  /** The node is away: what it was about to seal may be sealed there or not, until it is back. */
  async lost(node: string): Promise<void> {
    const holders = ({ candidate }: Grant) => candidate.copies.map((copy) => copy.node);
    await Promise.all(this.#parts.grants.to(node).map((grant) => this.#end(grant, [], holders(grant))));
  }

  /** `unclear` are nodes that may have sealed their copy: each says so, or gives it up for good. */
  async #end(grant: Grant, known: readonly Copy[], unclear: readonly string[]): Promise<void> {
    const { grants, doubts, strays, veils, expel } = this.#parts;
    const { node, candidate, former } = grant;
    const { name, xid } = candidate;
    grants.conclude(grant);
    try {
      const { sealed, silent } = await this.#conclude(xid, unclear);
      const copies = [...known, ...sealed];
      if (copies.length > 0) {
        for (const other of silent) strays.note(xid, other);
        await this.#publish(candidate, copies, former);
      } else if (silent.length > 0) doubts.note({ name, xid, former, nodes: new Set(silent) });
      else veils.lift(former.filter((copy) => copy.node !== node));
      // Also those that have come back meanwhile, and told of themselves before anybody waited for that.
      for (const other of silent) expel(other, `it hasn't said whether it has sealed ${xid}`);
    } finally {
      grants.end(grant);
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

  async #publish({ name, replicas }: Candidate, copies: readonly Copy[], former: readonly Copy[]): Promise<void> {
    const { pages, watchers, removal } = this.#parts;
    const [{ xid }] = copies as [Copy];
    // A node's own seal has removed the value before it there.
    const left = former.filter((copy) => copy.xid !== xid);
    try {
      if (left.length > 0) await removal.remove(name, left);
    } finally {
      // It is sealed, whatever becomes of the one before.
      pages.put(name, copies, replicas);
      watchers.wake(name);
    }
  }

  /** The node has told what it has. */
  async returned(node: string): Promise<void> {
    const { doubts, pages } = this.#parts;
    for (const doubt of doubts.toldBy(node)) {
      const { name, xid, nodes } = doubt;
      const isSealed = pages.holds(name, xid);
      if (isSealed || nodes.size === 0) await this.#resolve(doubt, isSealed);
    }
  }

  async #resolve(doubt: Doubt, isSealed: boolean): Promise<void> {
    const { locks, doubts, strays, veils } = this.#parts;
    const { name, xid, former, nodes } = doubt;
    const release = await locks.acquire(nameKey(name));
    try {
      doubts.end(doubt);
      for (const other of nodes) strays.note(xid, other);
      if (isSealed) await this.#succeed(name, xid, former);
      else veils.lift(former);
    } finally {
      release();
    }
  }

  /** The value that was in doubt has come about: it takes the place of the former one. */
  async #succeed(name: Buffer, xid: number, former: readonly Copy[]): Promise<void> {
    const { pages, watchers, veils, removal } = this.#parts;
    if (pages.find(name)[0]?.xid !== xid) {
      if (former.length > 0) await removal.remove(name, former);
      pages.remove(name);
      pages.publish(name, xid);
    }
    // It was veiled as one too many.
    veils.lift(pages.find(name));
    watchers.wake(name);
  }
}
