/** Why a name's operations are not those of a register: the first reply that can't be, and what it contradicts. */
import type { Identities } from './identities.js';
import { isLook, isWrite, type Operation } from './operation.js';
import type { Violation } from './violation.js';

/** As many as one can follow. */
const SHOWN_MAX = 8;

export function explain(
  operations: readonly Operation[],
  matches: Identities['matches'],
  mayBe: (part: readonly Operation[]) => boolean,
): Violation {
  const first = firstImpossible(operations, mayBe);
  const before = changesBefore(operations, first);
  const sources = sourcesOf(first, before, matches);
  // What began when the last of them was over replaced it; what is open still may be the reason for anything.
  const sinceNs = Math.max(
    -Infinity,
    ...sources.map(({ returnedNs }) => (returnedNs === Infinity ? -Infinity : returnedNs)),
  );
  const later = before.filter((operation) => !sources.includes(operation) && operation.returnedNs > sinceNs);
  const shown = [...sources.slice(-2), ...later.slice(-SHOWN_MAX), first];
  return {
    rule: isLook(first) && first.atEnd ? 'end' : 'one value',
    sentence: sentenceOf(first, sources, later),
    operations: [...new Set(shown)],
  };
}

/** A history that can't be has a reply with which that begins: what came back before could be. */
function firstImpossible(operations: readonly Operation[], mayBe: (part: readonly Operation[]) => boolean): Operation {
  const replies = operations.filter(({ outcome }) => outcome === 'ok').sort((a, b) => a.returnedNs - b.returnedNs);
  let [low, high] = [0, replies.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (mayBe(until(operations, replies[middle]!.returnedNs))) low = middle + 1;
    else high = middle;
  }
  return replies[low]!;
}

/** What was known at a time. */
function until(operations: readonly Operation[], timeNs: number): Operation[] {
  return operations
    .filter(({ invokedNs }) => invokedNs <= timeNs)
    .map((operation): Operation =>
      operation.returnedNs <= timeNs ? operation : { ...operation, outcome: 'unknown', returnedNs: Infinity },
    );
}

const changesBefore = (operations: readonly Operation[], last: Operation) =>
  operations.filter(
    (operation) =>
      operation !== last &&
      !isLook(operation) &&
      operation.outcome !== 'failed' &&
      operation.invokedNs < last.returnedNs,
  );

/** The writes whose bytes it saw. */
function sourcesOf(look: Operation, changes: readonly Operation[], matches: Identities['matches']): Operation[] {
  if (!isLook(look)) return [];
  const { seen } = look;
  return seen ? changes.filter(isWrite).filter((write) => matches(write, seen)) : [];
}

const numbers = (operations: readonly Operation[]) => operations.map(({ id }) => `#${id}`).join(', ');

function sentenceOf(first: Operation, sources: readonly Operation[], later: readonly Operation[]): string {
  const { id, name, node } = first;
  const acknowledged = later.filter(({ outcome, returnedNs }) => outcome === 'ok' && returnedNs < first.invokedNs);
  const latest = numbers(acknowledged.slice(-1));
  const contradiction =
    latest === ''
      ? 'and no order of what was done before explains it'
      : `though ${latest} was acknowledged before it began`;
  if (isWrite(first)) return `#${id} at ${node} wrote ${name} as new, ${contradiction}`;
  if (first.kind === 'DELETE') {
    return `#${id} at ${node} found ${first.found === false ? 'nothing' : 'something'} to delete in ${name}, ${contradiction}`;
  }
  if (sources.length === 0) return `#${id} at ${node} saw nothing in ${name}, ${contradiction}`;
  return `#${id} at ${node} saw in ${name} what ${numbers(sources)} had written, ${contradiction}`;
}
