import { setTimeout as sleep } from 'node:timers/promises';

/** A pause before the next try of those that are made at growing intervals; part of it by chance, so that those who failed together don't return together. */
export async function pause(tried: number, firstMs: number): Promise<void> {
  await sleep(firstMs * 2 ** (tried - 1) * (0.5 + Math.random() / 2));
}

/** Repeats what may be repeated without harm, as long as `isPassing` says so of its error. */
export async function patiently<T>(
  { tries, firstPauseMs, signal, isPassing }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (tried >= tries || signal.aborted || !isPassing(error)) throw error;
    }
    await pause(tried, firstPauseMs);
    signal.throwIfAborted();
  }
}

export interface Patience {
  tries: number;
  firstPauseMs: number;
  signal: AbortSignal;
  isPassing: (error: unknown) => boolean;
}
