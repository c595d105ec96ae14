/** The yellow pages: which copies of which variables there are. */
import type { Copy } from './peer-messages.js';

export interface Pages {
  readonly variables: number;
  find(name: Buffer): readonly Copy[];
  /** In place of whatever the name stood for. */
  put(name: Buffer, copies: readonly Copy[]): void;
  remove(name: Buffer): void;
  /** Forgets the copies of a node. */
  drop(node: string): void;
}

export class MapPages implements Pages {
  readonly #copies = new Map<string, readonly Copy[]>();

  get variables(): number {
    return this.#copies.size;
  }

  find(name: Buffer): readonly Copy[] {
    return this.#copies.get(name.toString('latin1')) ?? [];
  }

  put(name: Buffer, copies: readonly Copy[]): void {
    this.#copies.set(name.toString('latin1'), copies);
  }

  remove(name: Buffer): void {
    this.#copies.delete(name.toString('latin1'));
  }

  drop(node: string): void {
    for (const [name, copies] of this.#copies) {
      const left = copies.filter((copy) => copy.node !== node);
      if (left.length === 0) this.#copies.delete(name);
      else if (left.length < copies.length) this.#copies.set(name, left);
    }
  }
}
