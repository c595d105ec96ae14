// Whether a history of compare-and-swaps and reads of one key is linearizable. Each version names its ancestor, so there is but one order of the
// versions to try, and the question is only whether the times agree with it.

/**
 * Operations: { invoked, returned, version, expected }, on one clock. Where `expected` is there, the operation made `version` upon it (null: upon
 * none); where it is undefined, it saw `version`. Answers what is wrong, or undefined.
 */
export function whyNotLinear(history) {
  const writes = history.filter(({ expected }) => expected !== undefined).sort((a, b) => a.version - b.version);
  for (const [index, { version, expected }] of writes.entries()) {
    const before = writes[index - 1]?.version;
    if (before === version) return `version ${version} was made twice`;
    // What was there before the history began is the ancestor of its first version.
    if (before !== undefined && expected !== before)
      return `version ${version} was made upon ${expected}, behind ${before}`;
  }
  return disorder(history.toSorted(byOrder));
}

/** By version; a version is made before it is seen; those that see the same in any order that suits. */
const byOrder = (a, b) =>
  a.version - b.version || (a.expected === undefined) - (b.expected === undefined) || a.invoked - b.invoked;

/** An operation that was over before another began comes first. */
function disorder(ordered) {
  let latest;
  for (const operation of ordered) {
    if (latest !== undefined && operation.returned < latest.invoked) {
      return `version ${operation.version} was seen or made before ${latest.version} was, but comes behind it`;
    }
    if (latest === undefined || operation.invoked > latest.invoked) latest = operation;
  }
  return undefined;
}
