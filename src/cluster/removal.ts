/**
 * Takes variables away from all nodes that have them, or may have. Those that can't be told now are told before anybody is told what they
 * have; until then all nodes keep a tombstone for them.
 */
import { FabricError } from '../errors.js';
import { printable } from '../fabric/names.js';
import { Graves } from './graves.js';
import type { Copy, MemberPort, Tombstone } from './peer-messages.js';
import type { Roster } from './roster.js';
import type { Strays } from './strays.js';

export interface RemovalParts {
  term: number;
  roster: Roster;
  strays: Strays;
  member: (node: string) => MemberPort;
  expel: (node: string, why: unknown) => void;
}

export class Removal {
  readonly #parts: RemovalParts;
  readonly #graves = new Graves();

  constructor(parts: RemovalParts) {
    this.#parts = parts;
  }

  async remove(name: Buffer, copies: readonly Copy[]): Promise<void> {
    const { roster, strays } = this.#parts;
    const [{ xid }] = copies as [Copy];
    const listed = copies.map(({ node }) => node);
    const concerned = new Set([...listed, ...strays.of(xid), ...roster.unreported()]);
    const buried = new Set<string>();
    // While the others note the end of it, one more may go away, or come back: who is looked at last is told in the same turn.
    for (;;) {
      const away = [...concerned].filter((node) => !roster.isUp(node) && !buried.has(node));
      if (away.length === 0) break;
      await this.#bury({ name, xid, awaited: away });
      for (const node of away) buried.add(node);
    }
    const silent = await Promise.all(roster.upOf(copies).map(({ node }) => this.#tell(node, name, xid)));
    const lost = silent.filter((node) => node !== undefined);
    if (lost.length === 0) return;
    await this.#bury({ name, xid, awaited: lost });
  }

  /** Resolves to the node if it doesn't answer. */
  #tell(node: string, name: Buffer, xid: number): Promise<string | undefined> {
    const { member, term, expel } = this.#parts;
    return member(node)
      .remove(term, xid)
      .then(
        () => undefined,
        (error: unknown) => {
          // At once: when it joins again this is known.
          this.#graves.add({ name, xid, awaited: [node] });
          expel(node, error);
          return node;
        },
      );
  }

  /** REMOTE when no other node keeps it: then nothing is removed. */
  async #bury(tombstone: Tombstone): Promise<void> {
    const { roster, member, term } = this.#parts;
    const whole = this.#graves.add(tombstone);
    const keepers = roster.up().filter((node) => !tombstone.awaited.includes(node));
    const kept = await Promise.allSettled(
      keepers.map((node) => member(node).keep(term, [whole], roster.joiningOf(node))),
    );
    if (kept.some(({ status }) => status === 'fulfilled')) return;
    throw new FabricError('REMOTE', `no node could note the end of ${printable(tombstone.name)}: try again`);
  }

  /** Before anybody is told what a node has: it removes what has ended while it was away. */
  async prepare(node: string, tombstones: readonly Tombstone[]): Promise<void> {
    const { member, term } = this.#parts;
    for (const tombstone of tombstones) this.#graves.add(tombstone);
    const ended = this.#graves.awaiting(node).map(({ xid }) => xid);
    for (const xid of ended) await member(node).remove(term, xid);
    this.#forgive(this.#graves.settle(node, ended));
  }

  /** Those nodes don't have it any more. */
  settle(nodes: readonly string[], xid: number): void {
    this.#forgive(nodes.flatMap((node) => this.#graves.settle(node, [xid])));
  }

  #forgive(xids: readonly number[]): void {
    if (xids.length === 0) return;
    const { roster, member, term } = this.#parts;
    // Who isn't told now brings them along when it joins again, and is told then.
    for (const node of roster.up())
      member(node)
        .forgive(term, xids)
        .catch(() => undefined);
  }
}
