/**
 * Whether operations on one thing can each have happened at one moment between their times. The search is Wing and Gong's with Lowe's memory of what
 * was tried: a configuration is the set of operations that have happened and the state then.
 */

/** `undecided`: more configurations than allowed were tried, and none fits so far. */
export type Verdict = 'fits' | 'impossible' | 'undecided';

/** When it was asked and answered, on one clock. `ok` must have happened, `unknown` may have, at any later time too. */
export interface Timed {
  invokedNs: number;
  returnedNs: number;
  outcome: 'ok' | 'unknown';
}

export interface Model<T> {
  initial: number;
  /** The state after it; undefined when it can't happen now, or would change nothing and needn't. */
  after(operation: T, index: number, state: number): number | undefined;
  /** Whether it never changes anything: one that can happen loses nothing by being first. */
  isLook(operation: T): boolean;
  /** Unknown operations that say the same leave the same: the first to begin does for all. */
  alike(operation: T, index: number): string;
}

interface Step {
  index: number;
  state: number;
}

/** `configurationsMax`: how many to look at; each takes some hundred bytes. */
export function linearize<T extends Timed>(
  operations: readonly T[],
  model: Model<T>,
  configurationsMax: number,
): Verdict {
  return new Search(operations, model, configurationsMax).run();
}

class Search<T extends Timed> {
  /** In the order of their beginnings. */
  readonly #operations: readonly T[];
  readonly #model: Model<T>;
  readonly #configurationsMax: number;
  readonly #done: Uint8Array;
  readonly #tried = new Set<string>();
  /** Operations that must happen, and haven't. */
  #missing: number;

  constructor(operations: readonly T[], model: Model<T>, configurationsMax: number) {
    this.#operations = operations;
    this.#model = model;
    this.#configurationsMax = configurationsMax;
    this.#done = new Uint8Array(operations.length);
    this.#missing = operations.filter(({ outcome }) => outcome === 'ok').length;
  }

  /** Depth first, with a stack of its own: histories may be long. */
  run(): Verdict {
    const path: { taken: Step | undefined; next: Step[] }[] = [
      { taken: undefined, next: this.#steps(this.#model.initial) },
    ];
    if (this.#missing === 0) return 'fits';
    while (path.length > 0) {
      const top = path.at(-1)!;
      const step = top.next.pop();
      if (step === undefined) {
        path.pop();
        if (top.taken) this.#undo(top.taken);
        continue;
      }
      this.#do(step);
      if (this.#missing === 0) return 'fits';
      if (!this.#isNew(step.state)) {
        this.#undo(step);
        continue;
      }
      if (this.#tried.size > this.#configurationsMax) return 'undecided';
      path.push({ taken: step, next: this.#steps(step.state) });
    }
    return 'impossible';
  }

  /** What may happen next, the most promising last. An operation may, unless another that must happen was over before it began. */
  #steps(state: number): Step[] {
    const first = this.#done.indexOf(0);
    let endNs = Infinity;
    let beyond = first;
    // In the order of their beginnings: what follows one that begins later than that can't end before.
    for (; beyond < this.#operations.length && this.#operations[beyond]!.invokedNs <= endNs; beyond++) {
      const { returnedNs, outcome } = this.#operations[beyond]!;
      if (this.#done[beyond] === 0 && outcome === 'ok' && returnedNs < endNs) endNs = returnedNs;
    }
    const [certain, uncertain]: [Step[], Step[]] = [[], []];
    const alike = new Set<string>();
    for (let index = first; index < beyond; index++) {
      const operation = this.#operations[index]!;
      if (this.#done[index] === 1 || operation.invokedNs > endNs) continue;
      const after = this.#model.after(operation, index, state);
      if (after === undefined) continue;
      if (operation.outcome === 'ok') {
        if (this.#model.isLook(operation) && after === state) return [{ index, state }];
        certain.push({ index, state: after });
        continue;
      }
      const kind = this.#model.alike(operation, index);
      if (alike.has(kind)) continue;
      alike.add(kind);
      uncertain.push({ index, state: after });
    }
    return [...uncertain.reverse(), ...certain.reverse()];
  }

  #do({ index }: Step): void {
    this.#done[index] = 1;
    if (this.#operations[index]!.outcome === 'ok') this.#missing--;
  }

  #undo({ index }: Step): void {
    this.#done[index] = 0;
    if (this.#operations[index]!.outcome === 'ok') this.#missing++;
  }

  #isNew(state: number): boolean {
    // Between those that have all happened and those that all haven't.
    const [from, to] = [this.#done.indexOf(0), this.#done.lastIndexOf(1)];
    const key = `${state} ${from} ${Buffer.from(this.#done.buffer, from, Math.max(0, to + 1 - from)).toString('latin1')}`;
    if (this.#tried.has(key)) return false;
    this.#tried.add(key);
    return true;
  }
}
