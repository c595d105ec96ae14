/** Whether one name's operations are those of a register that is written, replaced, deleted and read. */
import { linearize, type Model, type Verdict } from './linearization.js';
import { isWrite, type Operation, type Sighting, type Write } from './operation.js';

export type { Verdict } from './linearization.js';

export interface RegisterOptions {
  /** Configurations to look at; each takes some hundred bytes. */
  configurationsMax: number;
  /** Whether this look can be of that write, for all that is known of both. */
  matches: (write: Write, seen: Sighting) => boolean;
}

/** One that may have happened. */
type Happening = Operation & { outcome: 'ok' | 'unknown' };

/** What a name means is the index of the write, or one of these: nothing, and bytes that no look has seen. */
const ABSENT = -1;
const UNSEEN = -2;

export function fitsRegister(history: readonly Operation[], { configurationsMax, matches }: RegisterOptions): Verdict {
  const operations = history
    .filter(mayHaveHappened)
    .filter(({ outcome, kind }) => outcome === 'ok' || ['INSERT', 'SET', 'DELETE'].includes(kind))
    .sort((a, b) => a.invokedNs - b.invokedNs);
  return linearize(operations, new Register(operations, matches), configurationsMax);
}

const mayHaveHappened = (operation: Operation): operation is Happening => operation.outcome !== 'failed';

class Register implements Model<Happening> {
  readonly initial = ABSENT;
  readonly #operations: readonly Operation[];
  readonly #matches: RegisterOptions['matches'];
  /** Writes that some look may have seen; all others are the same to everybody. */
  readonly #seen: ReadonlySet<number>;

  constructor(operations: readonly Operation[], matches: RegisterOptions['matches']) {
    this.#operations = operations;
    this.#matches = matches;
    this.#seen = new Set(operations.flatMap((operation, index) => (this.#isSeen(operation) ? [index] : [])));
  }

  isLook(operation: Happening): boolean {
    return !isWrite(operation);
  }

  alike({ kind }: Happening, index: number): string {
    return `${kind} ${this.#seen.has(index) ? index : ''}`;
  }

  after(operation: Happening, index: number, state: number): number | undefined {
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
        return write !== undefined && this.#matches(write, operation.seen) ? state : undefined;
      }
    }
  }

  #meaning(index: number): number {
    return this.#seen.has(index) ? index : UNSEEN;
  }

  #isSeen(operation: Operation): boolean {
    if (!isWrite(operation)) return false;
    return this.#operations.some(
      (other) => 'seen' in other && other.seen != null && this.#matches(operation, other.seen),
    );
  }
}
