/**
 * Brings copies of variables to other nodes. The bytes go between the nodes, and a name is locked only while its new copy is sealed and its
 * former one removed: until then that one is there, and whoever changes the name meanwhile wins.
 */
import type { Holdings } from './holdings.js';
import type { NodeChoice } from './node-choice.js';
import type { Pages } from './pages.js';
import type { Copy, MemberPort } from './peer-messages.js';
import { Placement } from './placement.js';
import type { Roster } from './roster.js';

/** Nodes tried for one copy, in its zones and beyond. */
const TRIED_MAX = 3;

export interface CarrierParts {
  term: number;
  pages: Pages;
  roster: Roster;
  holdings: Holdings;
  choice: NodeChoice;
  member: (node: string) => MemberPort;
}

/** carried: it lies there now. gone: there is nothing to be carried any more. pinned, stuck: it stays where it is, for now. */
export interface Carried {
  outcome: 'carried' | 'gone' | 'pinned' | 'stuck';
  /** That were sent. */
  bytes: number;
  /** The node that has it now. */
  to: string | undefined;
  /** Why it is stuck. */
  why: string;
}

export interface Carriage {
  name: Buffer;
  xid: number;
  /** The node whose copy it is about. */
  from: string;
  /** Absent: where its name belongs among those that have room. */
  to?: string;
}

const GONE: Carried = { outcome: 'gone', bytes: 0, to: undefined, why: '' };
const PINNED: Carried = { outcome: 'pinned', bytes: 0, to: undefined, why: 'readers have pinned it' };
const stuck = (why: string): Carried => ({ outcome: 'stuck', bytes: 0, to: undefined, why });

/** Called with the bytes before they are sent; resolves when they may be. */
export type Spend = (bytes: number) => Promise<void>;

export class Carrier {
  readonly #parts: CarrierParts;

  constructor(parts: CarrierParts) {
    this.#parts = parts;
  }

  /** Takes the copy from its node once another has it. */
  async carry({ name, xid, from, to }: Carriage, spend: Spend): Promise<Carried> {
    const { pages, member, term, holdings } = this.#parts;
    const copies = pages.find(name);
    const copy = copies.find(({ node }) => node === from);
    if (copy?.xid !== xid) return GONE;
    try {
      if ((await member(from).pins(term, xid)) > 0) return PINNED;
      if (this.#isEverywhere(copies, from))
        return (await holdings.thin(name, xid, from)) ? { ...GONE, outcome: 'carried' } : PINNED;
      const carried = await this.#bring(name, copies, { from, to }, spend);
      if (carried.to === undefined) return carried;
      if (await holdings.thin(name, xid, from)) return carried;
      // A reader came meanwhile, or it was removed: it is as it was.
      await holdings.thin(name, xid, carried.to);
      return pages.find(name)[0]?.xid === xid ? PINNED : GONE;
    } catch (error) {
      return stuck((error as Error).message);
    }
  }

  /** A further copy, in place of that of a node which is away, until others have so many. */
  async replace({ name, xid, from }: Carriage, wanted: number, spend: Spend): Promise<Carried> {
    const { pages, roster } = this.#parts;
    const copies = pages.find(name);
    if (copies[0]?.xid !== xid) return GONE;
    const others = copies.filter(({ node }) => node !== from);
    if (others.length >= wanted || (roster.isUp(from) && others.length < copies.length)) return GONE;
    return this.#bring(name, copies, { from, to: undefined }, spend);
  }

  /** Takes the copy that was brought in place of another node's away again, when that has its own still. */
  async restore({ name, xid, from, to }: Carriage): Promise<Carried> {
    const { pages, holdings } = this.#parts;
    const copies = pages.find(name);
    if (copies[0]?.xid !== xid || !copies.some(({ node }) => node === from)) return GONE;
    try {
      return (await holdings.thin(name, xid, to!)) ? { ...GONE, outcome: 'carried' } : PINNED;
    } catch (error) {
      return stuck((error as Error).message);
    }
  }

  async #bring(
    name: Buffer,
    copies: readonly Copy[],
    { from, to }: { from: string; to: string | undefined },
    spend: Spend,
  ): Promise<Carried> {
    const { roster, member, term } = this.#parts;
    const [{ length }] = copies as [Copy];
    const sources = roster.upOf(copies);
    const source = sources.find(({ node }) => node === from) ?? sources[0];
    if (source === undefined)
      return stuck(`its copies are on ${copies.map(({ node }) => node).join(', ')}, which is down`);
    const targets = to === undefined ? this.#targets(name, length, copies, from) : [to];
    let why = `no other node has room for ${length} bytes`;
    for (const target of targets) {
      await spend(length);
      try {
        const pulled = await member(target).pull(term, name, source);
        return pulled ? { outcome: 'carried', bytes: length, to: target, why: '' } : GONE;
      } catch (error) {
        why = `node ${target}: ${(error as Error).message}`;
      }
    }
    return stuck(why);
  }

  /** In other zones than the copies that stay, as long as there are any. */
  #targets(name: Buffer, length: number, copies: readonly Copy[], from: string): string[] {
    const { choice } = this.#parts;
    const zones = new Set(copies.filter(({ node }) => node !== from).map(({ node }) => choice.zoneOf(node)));
    const free = choice.candidates(length).filter((node) => !copies.some((copy) => copy.node === node.name));
    const far = free.filter(({ zone }) => !zones.has(zone));
    const near = free.filter(({ zone }) => zones.has(zone));
    return [far, near].flatMap((nodes) => new Placement(nodes).choose(name, TRIED_MAX)).map((node) => node.name);
  }

  /** No node is left that could take one more copy, now or when it is back. */
  #isEverywhere(copies: readonly Copy[], from: string): boolean {
    if (copies.length === 1) return false;
    return this.#parts.roster
      .statuses()
      .every(
        ({ node, condition }) =>
          node === from ||
          condition === 'draining' ||
          condition === 'forgotten' ||
          copies.some((copy) => copy.node === node),
      );
  }
}
