/** Why every command has to come by here, and may not be answered before. */
export type Reason = 'monitor' | 'pause';

/** Whether something wants to see every command: then there is no short cut past the dispatcher. */
export class Attention {
  readonly #reasons = new Set<Reason>();
  readonly #onChange: (wanted: boolean) => void;

  /** `onChange` is told whenever `wanted` changes. */
  constructor(onChange: (wanted: boolean) => void) {
    this.#onChange = onChange;
  }

  get wanted(): boolean {
    return this.#reasons.size > 0;
  }

  set(reason: Reason, wanted: boolean): void {
    const before = this.wanted;
    if (wanted) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    if (this.wanted !== before) this.#onChange(this.wanted);
  }
}
