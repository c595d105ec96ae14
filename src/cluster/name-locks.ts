/** One at a time for each name; the others wait in the order they came. */
export class NameLocks {
  readonly #last = new Map<string, Promise<void>>();
  readonly #onWait: (name: string | undefined) => void;

  /** `onWait`: somebody waits for whoever is at that name, or, without one, at any. */
  constructor(onWait: (name: string | undefined) => void = () => undefined) {
    this.#onWait = onWait;
  }

  /** Resolves when it is one's turn, with what ends it. */
  async acquire(name: string): Promise<() => void> {
    const before = this.#last.get(name);
    let release!: () => void;
    const ended = new Promise<void>((resolve) => (release = resolve));
    const mine = before === undefined ? ended : before.then(() => ended);
    this.#last.set(name, mine);
    if (before !== undefined) this.#onWait(name);
    await before;
    return () => {
      if (this.#last.get(name) === mine) this.#last.delete(name);
      release();
    };
  }

  /** Resolves when nobody is at any name any more of those who are now. */
  async allSettled(): Promise<void> {
    if (this.#last.size > 0) this.#onWait(undefined);
    await Promise.all(this.#last.values());
  }

  /** Resolves when nobody who has come before is at it any more. */
  async settled(name: string): Promise<void> {
    const last = this.#last.get(name);
    if (last === undefined) return;
    this.#onWait(name);
    await last;
  }
}
