/** How evenly the load lies, by weight, and which moves make it more even. */

/** Of a node's share: so far off is even enough. */
const TOLERANCE = 0.05;

export interface Load {
  node: string;
  weight: number;
  /** Of payloads. */
  bytes: number;
}

export class Balance {
  readonly #bytes: Map<string, number>;
  readonly #shares: ReadonlyMap<string, number>;

  constructor(loads: readonly Load[]) {
    const bytes = loads.reduce((sum, load) => sum + load.bytes, 0);
    const weight = loads.reduce((sum, load) => sum + load.weight, 0);
    this.#bytes = new Map(loads.map((load) => [load.node, load.bytes]));
    this.#shares = new Map(loads.map((load) => [load.node, (bytes * load.weight) / weight]));
  }

  /** Bytes beyond the node's share; 0 for one that takes no part. */
  excess(node: string): number {
    return (this.#bytes.get(node) ?? 0) - (this.#shares.get(node) ?? 0);
  }

  /** Is every node within the tolerance of its share? */
  get isEven(): boolean {
    return [...this.#shares].every(([node, share]) => Math.abs(this.excess(node)) <= share * TOLERANCE);
  }

  /** Bytes that are to be moved at least. */
  get surplus(): number {
    return [...this.#shares.keys()].reduce((sum, node) => sum + Math.max(0, this.excess(node)), 0);
  }

  /** Both come nearer to their shares: so no variable goes to and fro. */
  helps(from: string, to: string, bytes: number): boolean {
    return (
      this.#shares.has(from) && this.#shares.has(to) && bytes < 2 * this.excess(from) && bytes < -2 * this.excess(to)
    );
  }

  move(from: string, to: string, bytes: number): void {
    this.#bytes.set(from, this.#bytes.get(from)! - bytes);
    this.#bytes.set(to, this.#bytes.get(to)! + bytes);
  }
}
