/** Lets others have the event loop, in work of many short steps that may not wait for anything by themselves. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

const TURN_MS_MAX = 0.5;

export class Breather {
  #sinceMs = performance.now();
  #breath: Promise<void> | undefined;

  /** Called between steps, by several workers maybe. */
  async step(): Promise<void> {
    if (this.#breath === undefined && performance.now() - this.#sinceMs < TURN_MS_MAX) return;
    this.#breath ??= setImmediate().then(() => {
      this.#breath = undefined;
      this.#sinceMs = performance.now();
    });
    await this.#breath;
  }
}
