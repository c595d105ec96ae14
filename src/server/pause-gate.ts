import type { Command } from '../commands/command.js';

/** setTimeout takes no longer delays. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** Held back it could not lift the pause. */
const UNPAUSE = 'client|unpause';

/** CLIENT PAUSE: holds requests back until a time, or until it is lifted. */
export class PauseGate {
  /** Only commands flagged `write` are held back. */
  writesOnly = false;

  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  #untilMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  get untilMs(): number | undefined {
    return this.#untilMs;
  }

  set untilMs(untilMs: number | undefined) {
    clearTimeout(this.#timer);
    this.#untilMs = untilMs;
    this.#arm();
  }

  holds({ name, flags }: Command): boolean {
    if (this.#untilMs === undefined || flags.includes('allow_busy') || name === UNPAUSE) return false;
    return !this.writesOnly || flags.includes('write');
  }

  /** Calls back once when the gate opens. */
  wait(opened: () => void): void {
    this.#waiting.push(opened);
  }

  #arm(): void {
    const delay = this.#untilMs === undefined ? 0 : this.#untilMs - this.#now();
    if (delay > 0) {
      this.#timer = setTimeout(() => this.#arm(), Math.min(delay, DELAY_MS_MAX)).unref();
      return;
    }
    this.#untilMs = undefined;
    for (const opened of this.#waiting.splice(0)) opened();
  }
}
