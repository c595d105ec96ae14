/** One at a time for each name; the others wait in the order they came. */
export class NameLocks {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when it is one's turn, with what ends it. */
  async acquire(name: string): Promise<() => void> {
    const before = this.#last.get(name);
    let release!: () => void;
    const ended = new Promise<void>((resolve) => (release = resolve));
    const mine = before === undefined ? ended : before.then(() => ended);
    this.#last.set(name, mine);
    await before;
    return () => {
      if (this.#last.get(name) === mine) this.#last.delete(name);
      release();
    };
  }

  /** Resolves when nobody is at any name any more of those who are now. */
  async allSettled(): Promise<void> {
    await Promise.all(this.#last.values());
  }

  /** Resolves when nobody who has come before is at it any more. */
  async settled(name: string): Promise<void> {
    await this.#last.get(name);
  }
}
