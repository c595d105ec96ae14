/** Variables of the cluster that needn't be here: found through the coordinator, or the nodes that know them. */
import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Placement } from '../fabric/placements.js';
import type { Census } from './census.js';
import type { CoordinatorPort, Copy } from './peer-messages.js';

/** Where something lies on another node is taken for known for so long. */
export const REMEMBERED_MS = 1000;

/** Names are listed in the order of so many hashes. */
const HASHES = 2 ** 32;
const RANDOM_NAMES = 16;

export interface LookupParts {
  /** This one. */
  node: string;
  census: Census;
  /** NOCOORD when there is none. */
  coordinator: () => CoordinatorPort;
  ask: (node: string, verb: string, args: readonly unknown[]) => Promise<unknown>;
  /** For so many milliseconds LOCATE answers with these, without asking. */
  remember: (name: Buffer, placements: readonly Placement[], ms: number) => void;
}

export class Lookup {
  readonly #parts: LookupParts;

  constructor(parts: LookupParts) {
    this.#parts = parts;
  }

  /** The copies of a variable, those on nodes that are up first; none: there is no such variable. */
  async find(name: Buffer, waitMs: number): Promise<readonly Copy[]> {
    const { census, coordinator } = this.#parts;
    const askedMs = performance.now();
    const found = await coordinator().find(name, waitMs);
    const isUp = ({ node }: Copy) => census.isUp(node);
    const copies = [...found.filter(isUp), ...found.filter((copy) => !isUp(copy))];
    if (waitMs === 0) this.#remember(name, copies, askedMs);
    return copies;
  }

  /** What was true when it was asked for. What is here, too, this node knows better by itself. */
  #remember(name: Buffer, copies: readonly Copy[], askedMs: number): void {
    if (copies.length === 0 || copies.some(({ node }) => node === this.#parts.node)) return;
    const leftMs = Math.floor(askedMs + REMEMBERED_MS - performance.now());
    if (leftMs > 0) this.#parts.remember(name, copies, leftMs);
  }

  async countVariables(): Promise<number> {
    return (await this.#parts.coordinator().overview()).variables;
  }

  /** Of some variable. */
  async randomName(): Promise<Buffer | undefined> {
    let cursor = randomInt(HASHES);
    // From somewhere to the end, then from the beginning.
    for (let rounds = 0; rounds < 2;) {
      const page = await this.#parts.coordinator().scan(cursor, RANDOM_NAMES);
      if (page.names.length > 0) return page.names[randomInt(page.names.length)];
      cursor = page.cursor;
      if (cursor === 0) rounds++;
    }
    return undefined;
  }

  /** The node that knows an xid, and its name there. */
  async ownerOf(xid: number): Promise<{ node: string; name: Buffer } | undefined> {
    const { node: own, census, ask } = this.#parts;
    const others = census.up().filter((node) => node !== own);
    const names = await Promise.all(
      others.map((node) => ask(node, 'name-of-xid', [xid]).catch(() => null) as Promise<Buffer | null>),
    );
    const at = names.findIndex((name) => name !== null);
    return at < 0 ? undefined : { node: others[at]!, name: names[at]! };
  }

  /** Of the variable that a pin of that node holds. */
  async nameOfPin(node: string, pin: string): Promise<Buffer | undefined> {
    return ((await this.#parts.ask(node, 'name-of-pin', [pin])) as Buffer | null) ?? undefined;
  }
}
