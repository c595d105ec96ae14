/** So many bytes a second, for all that share one. */
import { pause } from '../util/pause.js';

export class Throttle {
  /** Changes take effect with the next bytes. */
  bytesPerSecond: number;
  readonly #now: () => number;
  /** When all that was spent is paid for. */
  #paidMs = -Infinity;

  constructor(bytesPerSecond: number, now: () => number) {
    this.bytesPerSecond = bytesPerSecond;
    this.#now = now;
  }

  /** Resolves when those before are paid for: whatever is spent at once, the rate holds after it. */
  async spend(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#now();
    const beginMs = Math.max(now, this.#paidMs);
    this.#paidMs = beginMs + (bytes / this.bytesPerSecond) * 1000;
    if (beginMs > now) await pause(beginMs - now, signal);
  }
}
