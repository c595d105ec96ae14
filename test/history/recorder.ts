/** Writes down what clients do, as it happens. */
import type { Delete, Look, Operation, Outcome, Written } from './operation.js';

/** What is known when it is sent. */
export type Invocation = { client: string; node: string; name: string } & (
  { kind: 'INSERT' | 'SET'; value: Written } | { kind: Delete['kind'] } | { kind: Look['kind']; atEnd?: true }
);

/** What is known when it is over. */
export interface Ending extends Pick<Look, 'seen' | 'holdersDown' | 'reason'>, Pick<Delete, 'found'> {
  outcome: Outcome;
  xid?: number;
}

/** Nanoseconds of a clock that all processes of this machine share, exact below 2^53: a hundred days. */
export const monotonicNs = (): number => Number(process.hrtime.bigint());

export class Recorder {
  readonly operations: Operation[] = [];

  constructor(readonly nowNs: () => number = monotonicNs) {}

  /** Call before anything is sent; the returned function when nothing more can be learned. Until then the outcome is unknown. */
  invoke(invocation: Invocation): (ending: Ending) => void {
    const open = { id: this.operations.length + 1, invokedNs: this.nowNs(), returnedNs: Infinity, outcome: 'unknown' };
    const operation = { ...open, ...invocation } as Operation;
    this.operations.push(operation);
    return (ending) => {
      Object.assign(operation, ending);
      // An unknown one may take effect at any time from now on.
      if (ending.outcome !== 'unknown') operation.returnedNs = this.nowNs();
    };
  }
}
