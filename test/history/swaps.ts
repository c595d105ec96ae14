/** Whether operations on one key are those of a register with compare-and-swap, whose versions count from 0 without gaps. */
import { linearize, type Timed, type Verdict } from './linearization.js';

/** No version. */
export const NONE = -1;

/** Writes `value` upon that version only. */
export interface Swap extends Timed {
  kind: 'swap';
  upon: number;
  value: string;
  /** The version that was made, or the one in its way; absent when the outcome is unknown. */
  made?: number;
  found?: number;
}

export interface Read extends Timed {
  kind: 'read';
  version: number;
  value: string | undefined;
}

export type SwapOperation = Swap | Read;

const CONFIGURATIONS_MAX = 500_000;
/** A state is a version, and the operation that made it. */
const OPERATIONS_MAX = 2 ** 20;
const stateOf = (version: number, index: number) => version * OPERATIONS_MAX + index;
const versionOf = (state: number) => Math.floor(state / OPERATIONS_MAX);

export function fitsSwaps(history: readonly SwapOperation[]): Verdict {
  const operations = [...history].sort((one, other) => one.invokedNs - other.invokedNs);
  const model = {
    initial: stateOf(NONE, 0),
    isLook: (operation: SwapOperation) => operation.kind === 'read' || operation.found !== undefined,
    alike: (_: SwapOperation, index: number) => String(index),
    after(operation: SwapOperation, index: number, state: number) {
      const version = versionOf(state);
      if (operation.kind === 'read') {
        const value = version === NONE ? undefined : (operations[state - stateOf(version, 0)] as Swap).value;
        return operation.version === version && operation.value === value ? state : undefined;
      }
      if (operation.found !== undefined)
        return operation.found === version && version !== operation.upon ? state : undefined;
      if (operation.upon !== version) return undefined;
      return operation.made === undefined || operation.made === version + 1 ? stateOf(version + 1, index) : undefined;
    },
  };
  return linearize(operations, model, CONFIGURATIONS_MAX);
}
