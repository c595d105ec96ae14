/**
 * Decides whether a history is one that a cluster may have: per name it must be that of a register with one value at a time, what
 * was acknowledged must be there at the end, what was deleted must stay away, and xids must be unique.
 */
import { Identities } from './identities.js';
import { isLook, isWrite, type Look, type Operation, type Write } from './operation.js';
import { explain } from './explain.js';
import { fitsRegister } from './register.js';
import type { Violation } from './violation.js';

export interface CheckOptions {
  /** Nodes that are down at the end: what only they hold may be out of reach. */
  down?: readonly string[];
  /**
   * Looks that may be old, as those at a node while it is cut off: they must still tell of bytes that were written to that name.
   * Default: none. Looks at the end never are.
   */
  mayBeOld?: (look: Look) => boolean;
  /** How long to search per name before giving up, which is a violation too. */
  configurationsMax?: number;
}

const CONFIGURATIONS_MAX = 200_000;

/** All that is wrong with a history: nothing, if it may be. */
export function checkHistory(history: readonly Operation[], options: CheckOptions = {}): Violation[] {
  const identities = new Identities(history);
  const names = new Map<string, Operation[]>();
  for (const operation of history) {
    const others = names.get(operation.name);
    if (others) others.push(operation);
    else names.set(operation.name, [operation]);
  }
  return [
    ...identities.violations,
    ...[...names.values()].flatMap((operations) => checkName(operations, identities, options)),
  ];
}

function checkName(operations: readonly Operation[], identities: Identities, options: CheckOptions): Violation[] {
  requireDistinct(operations.filter(isWrite));
  const unknownBytes = checkBytes(operations, identities);
  if (unknownBytes.length > 0) return unknownBytes;
  const mayBeOld = (operation: Operation) =>
    isLook(operation) && operation.atEnd !== true && options.mayBeOld?.(operation) === true;
  const binding = operations.filter((operation) => !mayBeOld(operation));
  const missing = checkEnd(binding, options.down ?? []);
  const returned = checkDeletes(binding, identities);
  return [...missing, ...(returned.length > 0 ? returned : checkRegister(binding, identities, options))];
}

/** Or else nobody could say which of two writes a look saw. */
function requireDistinct(writes: readonly Write[]): void {
  const before = new Map<string, Write>();
  for (const write of writes) {
    const key = `${write.value.length} ${write.value.crc32c}`;
    const same = before.get(key);
    if (same)
      throw new Error(`#${same.id} and #${write.id} write the same to ${write.name}: the history decides nothing`);
    before.set(key, write);
  }
}

/** Every look tells of a write that had begun. */
function checkBytes(operations: readonly Operation[], { matches }: Identities): Violation[] {
  const writes = operations.filter(isWrite);
  return looksOf(operations).flatMap((look): Violation[] => {
    const { seen } = look;
    if (!seen || writes.some((write) => mayHaveHappened(write, look) && matches(write, seen))) return [];
    const refused = writes.find((write) => write.outcome === 'failed' && matches(write, seen));
    const future = writes.find((write) => matches(write, seen));
    const sentence = refused
      ? `#${look.id} saw what #${refused.id} was refused to write`
      : future
        ? `#${look.id} saw what #${future.id} began to write only later`
        : `#${look.id} saw what nobody wrote to ${look.name}`;
    return [{ rule: look.atEnd ? 'end' : 'bytes', sentence, operations: [look, ...[refused ?? future ?? []].flat()] }];
  });
}

const mayHaveHappened = (operation: Operation, before: Operation) =>
  operation.outcome !== 'failed' && operation.invokedNs < before.returnedNs;

const looksOf = (operations: readonly Operation[]): Look[] =>
  operations.filter(isLook).filter(({ outcome }) => outcome === 'ok');

/** A value comes back that every write of it was over before an acknowledged delete began, which was over before the look began. */
function checkDeletes(operations: readonly Operation[], { matches }: Identities): Violation[] {
  const deletes = operations.filter(isDeletion);
  const writes = operations.filter(isWrite).filter(({ outcome }) => outcome !== 'failed');
  return looksOf(operations).flatMap((look): Violation[] => {
    const { seen } = look;
    if (!seen) return [];
    const sources = writes.filter((write) => matches(write, seen));
    const over = deletes.find(
      (deletion) =>
        deletion.returnedNs < look.invokedNs && sources.every(({ returnedNs }) => returnedNs < deletion.invokedNs),
    );
    if (over === undefined) return [];
    const sentence = `#${look.id} at ${look.node} saw ${look.name} again, which #${over.id} had deleted before, and nobody wrote it since`;
    return [{ rule: 'deletes', sentence, operations: [...sources, over, look] }];
  });
}

const isDeletion = (operation: Operation) =>
  operation.kind === 'DELETE' && operation.outcome === 'ok' && operation.found !== false;

/** Each name that was ever written was looked at in the end, or those are down that must have it. */
function checkEnd(operations: readonly Operation[], down: readonly string[]): Violation[] {
  const written = operations.filter(isWrite).find(({ outcome }) => outcome === 'ok');
  if (written === undefined) return [];
  const last = operations.filter(isLook).filter(({ atEnd }) => atEnd);
  if (last.some(({ outcome, kind }) => outcome === 'ok' && kind === 'GET')) return [];
  const { name } = written;
  const excuse = last.find(({ holdersDown = [] }) => holdersDown.length > 0);
  if (excuse === undefined) {
    const sentence = `${name} was written, could not be read at the end, and no node that is down was named for it`;
    return [{ rule: 'end', sentence, operations: [written, ...last] }];
  }
  const up = excuse.holdersDown!.filter((node) => !down.includes(node));
  if (up.length === 0) return [];
  const sentence = `${name} can't be read at the end as ${up.join(', ')} should be down, but isn't`;
  return [{ rule: 'end', sentence, operations: [written, excuse] }];
}

function checkRegister(operations: readonly Operation[], { matches }: Identities, options: CheckOptions): Violation[] {
  const { configurationsMax = CONFIGURATIONS_MAX } = options;
  const fits = (part: readonly Operation[]) => fitsRegister(part, { matches, configurationsMax });
  const verdict = fits(operations);
  if (verdict === 'fits') return [];
  if (verdict === 'undecided') {
    const sentence = `no order was found for the ${operations.length} operations on ${operations[0]!.name} in ${configurationsMax} configurations`;
    return [{ rule: 'undecided', sentence, operations: operations.slice(0, 1) }];
  }
  return [explain(operations, matches, (part) => fits(part) !== 'impossible')];
}
