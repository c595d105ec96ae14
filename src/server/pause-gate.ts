import type { Command } from '../commands/command.js';
import type { Attention } from './attention.js';

/** setTimeout takes no longer delays. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** Held back it could not lift the pause. */
const UNPAUSE = 'client|unpause';

/** CLIENT PAUSE: holds requests back until a time, or until it is lifted. */
export class PauseGate {
  /** Only commands flagged `write` are held back. */
  writesOnly = false;

  readonly #now: () => number;
  readonly #attention: Attention;
  readonly #waiting: (() => void)[] = [];
  #untilMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number, attention: Attention) {
    this.#now = now;
    this.#attention = attention;
  }

  get untilMs(): number | undefined {
    return this.#untilMs;
  }

  set untilMs(untilMs: number | undefined) {
    clearTimeout(this.#timer);
    this.#untilMs = untilMs;
    this.#attention.set('pause', untilMs !== undefined);
    this.#arm();
  }

  /** `writes`: it is EXEC, and would run commands that write. */
  holds({ name, flags }: Command, writes: boolean): boolean {
    if (this.#untilMs === undefined || flags.includes('allow_busy') || name === UNPAUSE) return false;
    return !this.writesOnly || writes || flags.includes('write');
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
    this.#attention.set('pause', false);
    for (const opened of this.#waiting.splice(0)) opened();
  }
}
