/**
 * Whether one name's operations are those of a register that is written, replaced, deleted and read, each at one moment between
 * its times. The search is Wing and Gong's with Lowe's memory of what was tried: a configuration is the set of operations that
 * have happened and what the name means then.
 */
import { isWrite, type Operation, type Sighting, type Write } from './operation.js';

/** `undecided`: more configurations than allowed were tried, and none fits so far. */
export type Verdict = 'fits' | 'impossible' | 'undecided';

export interface RegisterOptions {
  /** Configurations to look at; each takes some hundred bytes. */
  configurationsMax: number;
  /** Whether this look can be of that write, for all that is known of both. */
  matches: (write: Write, seen: Sighting) => boolean;
}

/** What a name means is the index of the write, or one of these: nothing, and bytes that no look has seen. */
const ABSENT = -1;
const UNSEEN = -2;

interface Step {
  index: number;
  state: number;
}

export function fitsRegister(history: readonly Operation[], options: RegisterOptions): Verdict {
  return new Search(history, options).run();
}

class Search {
  readonly #operations: readonly Operation[];
  readonly #options: RegisterOptions;
  /** Writes that some look may have seen; all others are the same to everybody. */
  readonly #seen: ReadonlySet<number>;
  readonly #done: Uint8Array;
  readonly #tried = new Set<string>();
  /** Operations that must happen, and haven't. */
  #missing: number;

  constructor(history: readonly Operation[], options: RegisterOptions) {
    this.#options = options;
    this.#operations = history
      .filter(
        ({ outcome, kind }) =>
          outcome === 'ok' || (outcome === 'unknown' && ['INSERT', 'SET', 'DELETE'].includes(kind)),
      )
      .sort((a, b) => a.invokedNs - b.invokedNs);
    this.#done = new Uint8Array(this.#operations.length);
    this.#missing = this.#operations.filter(({ outcome }) => outcome === 'ok').length;
    this.#seen = new Set(this.#operations.flatMap((operation, index) => (this.#isSeen(operation) ? [index] : [])));
  }

  /** Depth first, with a stack of its own: histories may be long. */
  run(): Verdict {
    const path: { taken: Step | undefined; next: Step[] }[] = [{ taken: undefined, next: this.#steps(ABSENT) }];
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
      if (this.#tried.size > this.#options.configurationsMax) return 'undecided';
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
      const after = this.#after(operation, index, state);
      if (after === undefined) continue;
      if (operation.outcome === 'ok') {
        // A look changes nothing and loses nothing by being first.
        if (!isWrite(operation) && after === state) return [{ index, state }];
        certain.push({ index, state: after });
        continue;
      }
      // Of those that leave the same and needn't happen, the first to begin does for all.
      const kind = `${operation.kind} ${this.#seen.has(index) ? index : ''}`;
      if (alike.has(kind)) continue;
      alike.add(kind);
      uncertain.push({ index, state: after });
    }
    return [...uncertain.reverse(), ...certain.reverse()];
  }

  /** What the name means after it; undefined when it can't happen now, or would change nothing and needn't. */
  #after(operation: Operation, index: number, state: number): number | undefined {
    const certain = operation.outcome === 'ok';
    switch (operation.kind) {
      case 'INSERT':
        return state === ABSENT ? this.#meaning(index) : undefined;
      case 'SET':
        return this.#meaning(index);
      case 'DELETE': {
        if (!certain) return state === ABSENT ? undefined : ABSENT;
        return (operation.found !== false) === (state !== ABSENT) ? ABSENT : undefined;
      }
      default: {
        if (!operation.seen) return state === ABSENT ? ABSENT : undefined;
        const write = this.#operations[state] as Write | undefined;
        return write !== undefined && this.#options.matches(write, operation.seen) ? state : undefined;
      }
    }
  }

  #meaning(index: number): number {
    return this.#seen.has(index) ? index : UNSEEN;
  }

  #isSeen(operation: Operation): boolean {
    if (!isWrite(operation)) return false;
    return this.#operations.some(
      (other) => 'seen' in other && other.seen != null && this.#options.matches(operation, other.seen),
    );
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
