/** Which nodes have copies of a variable: one more, or one fewer. What its name stands for stays as it is. */
import { isFabricError } from '../errors.js';
import type { Move } from '../fabric/gate.js';
import { nameKey } from '../fabric/names.js';
import type { NameLocks } from './name-locks.js';
import type { Pages } from './pages.js';
import type { MemberPort } from './peer-messages.js';
import type { Roster } from './roster.js';
import type { Strays } from './strays.js';

export interface HoldingsParts {
  term: number;
  pages: Pages;
  roster: Roster;
  locks: NameLocks;
  strays: Strays;
  member: (node: string) => MemberPort;
  /** Throws when this coordinator may not change anything now. */
  requireOffice: () => void;
  expel: (node: string, why: unknown) => void;
}

export class Holdings {
  readonly #parts: HoldingsParts;

  constructor(parts: HoldingsParts) {
    this.#parts = parts;
  }

  async adopt(node: string, name: Buffer, xid: number): Promise<boolean> {
    const { term, pages, roster, locks, strays, member, requireOffice, expel } = this.#parts;
    const release = await locks.acquire(nameKey(name));
    try {
      requireOffice();
      roster.requireUp(node);
      const copies = pages.find(name);
      if (copies[0]?.xid !== xid) return false;
      strays.note(xid, node);
      const adopted = await member(node).seal(term, xid, roster.joiningOf(node));
      strays.forget(xid, node);
      pages.add(name, adopted);
      return true;
    } catch (error) {
      // Whoever refuses hasn't sealed it; who doesn't answer may have.
      if (isFabricError(error) && error.code !== 'REMOTE') strays.forget(xid, node);
      else if (strays.of(xid).has(node)) expel(node, error);
      throw error;
    } finally {
      release();
    }
  }

  async thin(name: Buffer, xid: number, node: string): Promise<boolean> {
    const { pages, roster, locks, requireOffice } = this.#parts;
    const release = await locks.acquire(nameKey(name));
    try {
      requireOffice();
      roster.requireUp(node);
      const copies = pages.find(name);
      const others = roster.upOf(copies).filter((copy) => copy.node !== node);
      if (copies[0]?.xid !== xid || others.length === 0) return false;
      if (others.length < copies.length && !(await this.#shedThere(node, xid))) return false;
      pages.thin(name, xid, node);
      return true;
    } finally {
      release();
    }
  }

  async #shedThere(node: string, xid: number): Promise<boolean> {
    const { term, roster, member, expel } = this.#parts;
    try {
      return await member(node).shed(term, xid, roster.joiningOf(node));
    } catch (error) {
      expel(node, error);
      throw error;
    }
  }

  moved(node: string, moves: readonly Move[]): void {
    for (const { name, ...place } of moves) this.#parts.pages.move(name, { node, ...place });
  }
}
