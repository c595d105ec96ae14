/** Nodes that may have sealed a copy of a variable without anybody having heard: they are told of its end, too. */
export class Strays {
  readonly #nodes = new Map<number, Set<string>>();

  note(xid: number, node: string): void {
    this.#nodes.set(xid, this.of(xid).add(node));
  }

  of(xid: number): Set<string> {
    return this.#nodes.get(xid) ?? new Set();
  }

  /** It has or hasn't sealed that one: now it is known. */
  forget(xid: number, node: string): void {
    const nodes = this.#nodes.get(xid);
    if (nodes?.delete(node) && nodes.size === 0) this.#nodes.delete(xid);
  }

  /** It has told of everything it has. */
  settle(node: string): void {
    for (const xid of this.#nodes.keys()) this.forget(xid, node);
  }
}
