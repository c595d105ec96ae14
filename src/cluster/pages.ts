/** The yellow pages: which copies of which variables there are. What leaves them is remembered as long as a node is being taken in. */
import { performance } from 'node:perf_hooks';
import type { NativeYellowPages, YellowVariable } from '../native.js';
import type { ConflictingVariable, Copy, NamePage } from './peer-messages.js';

/** Variables looked at in one step: less than a millisecond. */
const STEP_VARIABLES = 2000;

interface Removed {
  name: Buffer;
  xid: number;
  nodes: readonly string[];
}

export class Pages {
  readonly #native: NativeYellowPages;
  /** Removed ones that an inventory may still tell of. */
  #removed: Removed[] = [];
  /** Nodes that are being taken in. */
  #arriving = 0;

  constructor(native: NativeYellowPages) {
    this.#native = native;
  }

  get variables(): number {
    return this.#native.stats().variables;
  }

  get conflicts(): number {
    return this.#native.stats().conflicts;
  }

  /** What a node has; `bytes` are those of the payloads of `variables`. */
  node(node: string): { variables: number; bytes: number; conflicts: number } {
    return this.#native.nodes().find((known) => known.node === node) ?? { variables: 0, bytes: 0, conflicts: 0 };
  }

  find(name: Buffer): readonly Copy[] {
    return this.look(name).copies;
  }

  /** With how many copies are wanted. */
  look(name: Buffer): { copies: readonly Copy[]; replicas: number } {
    const found = this.#native.locate(name);
    return found === undefined ? { copies: [], replicas: 0 } : { copies: copiesOf(found), replicas: found.replicas };
  }

  /** Of that variable, published or not. */
  copies(name: Buffer, xid: number): readonly Copy[] {
    const found = this.#native.find(name, xid);
    return found?.state === 'SEALED' || found?.state === 'CONFLICT' ? copiesOf(found) : [];
  }

  /** Is that variable there, published or not? */
  holds(name: Buffer, xid: number): boolean {
    const state = this.#native.find(name, xid)?.state;
    return state === 'SEALED' || state === 'CONFLICT';
  }

  /** In place of whatever the name stood for. */
  put(name: Buffer, copies: readonly Copy[], replicas: number): void {
    const [{ xid, length, crc32c }] = copies as [Copy];
    const former = this.find(name);
    this.#native.replace(name, xid, { length, crc32c, replicas, placements: copies }, Math.floor(performance.now()));
    if (former.length > 0 && former[0]!.xid !== xid) this.#bury(name, former[0]!.xid, former);
  }

  /** A further copy of what is there. */
  add(name: Buffer, copy: Copy): void {
    this.#native.addPlacement(name, copy.xid, copy);
  }

  move(name: Buffer, copy: Pick<Copy, 'node' | 'xid' | 'sharedId' | 'offset' | 'generation'>): void {
    this.#native.movePlacement(name, copy.xid, copy);
  }

  /** One copy is no more; with none left the variable isn't either. */
  thin(name: Buffer, xid: number, node: string): void {
    this.#native.removePlacement(name, xid, node);
  }

  remove(name: Buffer): void {
    const copies = this.find(name);
    if (copies.length === 0) return;
    this.#native.remove(name);
    this.#bury(name, copies[0]!.xid, copies);
  }

  /** A page in hash order: whatever is there throughout is seen. */
  scan(cursor: number, count: number): NamePage {
    return this.#native.scan(cursor, count);
  }

  scanConflicts(cursor: number): { cursor: number; conflicts: ConflictingVariable[] } {
    const page = this.#native.scanUnpublished(cursor, STEP_VARIABLES);
    const conflicts = page.variables
      .filter(({ state }) => state === 'CONFLICT')
      .map(({ name, xid, placements }) => ({ name, xid, nodes: placements.map(({ node }) => node) }));
    return { cursor: page.cursor, conflicts };
  }

  isConflict(name: Buffer, xid: number): boolean {
    return this.#native.find(name, xid)?.state === 'CONFLICT';
  }

  /** The copies of a variable whose name is another's, with that name; it is looked for in steps. */
  async conflict(xid: number): Promise<{ name: Buffer; copies: readonly Copy[] } | undefined> {
    let cursor = 0;
    do {
      const page = this.#native.scanUnpublished(cursor, STEP_VARIABLES);
      const found = page.variables.find((variable) => variable.state === 'CONFLICT' && variable.xid === xid);
      if (found !== undefined) return { name: found.name, copies: copiesOf(found) };
      cursor = page.cursor;
      await new Promise((resolve) => setImmediate(resolve));
    } while (cursor !== 0);
    return undefined;
  }

  /** A variable is no more, which may be a conflict: whatever else has the name stays. */
  discard(name: Buffer, xid: number, copies: readonly Copy[]): void {
    this.#native.remove(name, xid);
    this.#bury(name, xid, copies);
  }

  /** A conflict takes its name, which nothing else has. */
  publish(name: Buffer, xid: number): boolean {
    return this.#native.publish(name, xid);
  }

  /** A node is taken in: it is told what has ended, then tells what it has. What is removed between the two that doesn't bring back. */
  async arriving<T>(taking: () => Promise<T>): Promise<T> {
    this.#arriving++;
    try {
      return await taking();
    } finally {
      this.#arriving--;
      if (this.#arriving === 0) this.#forgetRemoved();
    }
  }

  /**
   * Takes the inventory of an arriving node in, batch by batch; what it doesn't tell of any more is forgotten at the end. `removed` are
   * those that were removed meanwhile, `conflicts` those whose name is another's: both are the node's to deal with.
   */
  async load(
    node: string,
    next: (cursor: number) => Promise<{ batch: Buffer; next: number }>,
    on: { removed(xid: number): Promise<void>; conflict(name: Buffer, xid: number): Promise<void> },
  ): Promise<number> {
    let records = 0;
    this.#native.beginInventory(node);
    let cursor = 0;
    do {
      const { batch, next: following } = await next(cursor);
      const taken = this.#native.takeInventory(node, batch);
      records += taken.records;
      for (const { name, xid } of taken.removed) {
        await on.removed(xid);
        this.#native.acknowledge(name, xid, node);
      }
      for (const { name, xid } of taken.conflicts) await on.conflict(name, xid);
      cursor = following;
    } while (cursor !== 0);
    await this.#steps((at) => this.#native.drop(node, true, at, STEP_VARIABLES));
    return records;
  }

  /** Forgets all copies of a node. */
  async drop(node: string): Promise<void> {
    await this.#steps((at) => this.#native.drop(node, false, at, STEP_VARIABLES));
  }

  async #steps(step: (cursor: number) => number): Promise<void> {
    let cursor = 0;
    do {
      cursor = step(cursor);
      await new Promise((resolve) => setImmediate(resolve));
    } while (cursor !== 0);
  }

  #bury(name: Buffer, xid: number, copies: readonly Copy[]): void {
    this.#removed.push({ name, xid, nodes: copies.map(({ node }) => node) });
    if (this.#arriving === 0) this.#forgetRemoved();
  }

  #forgetRemoved(): void {
    for (const { name, xid, nodes } of this.#removed)
      for (const node of nodes) this.#native.acknowledge(name, xid, node);
    this.#removed = [];
  }
}

const copiesOf = ({ xid, length, crc32c, placements }: YellowVariable): Copy[] =>
  placements.map((placement) => ({ ...placement, xid, length, crc32c }));
