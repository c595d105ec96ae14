/** A rule that a history breaks, and by which operations. */
import { describe, type Operation } from './operation.js';

export type Rule =
  /** A look tells of bytes that were written. */
  | 'bytes'
  /** What was deleted doesn't come back. */
  | 'deletes'
  /** A name has one value at a time, and everybody sees that. */
  | 'one value'
  /** An acknowledged write can be read at the end, or the nodes without which it can't are down. */
  | 'end'
  /** An xid is that of one write. */
  | 'xids'
  /** Free bytes are what is left when everything stored is counted. */
  | 'space'
  /** What was asked for comes about once nothing hinders it. */
  | 'progress'
  /** The search was given up. */
  | 'undecided';

export interface Violation {
  rule: Rule;
  sentence: string;
  operations: readonly Operation[];
}

/** For the eyes of whoever looks for the reason. */
export function report(violations: readonly Violation[]): string {
  return violations
    .map(({ rule, sentence, operations }) => {
      const since = Math.min(...operations.map(({ invokedNs }) => invokedNs));
      const inOrder = [...operations].sort((a, b) => a.invokedNs - b.invokedNs);
      return [`${rule}: ${sentence}`, ...inOrder.map((operation) => `  ${describe(operation, since)}`)].join('\n');
    })
    .join('\n');
}
