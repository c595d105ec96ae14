/** Lets sockets and timers have their turn: long work on the main thread is cut into steps with this between. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The longest list of lookups or removals done in one turn: well under a millisecond's work. */
export const STEP_ITEMS_MAX = 500;

/** Slices of at most `size` items, in order. */
export function* slices<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
