/** So many wrong passwords are typing errors. */
const FREE_FAILURES = 20;
const DELAY_MS_PER_FAILURE = 100;
const DELAY_MS_MAX = 2000;
/** One failure is forgotten in this time. */
const FORGET_MS = 1000;

/** Slows down whoever guesses passwords, from however many connections; who knows the password isn't kept waiting. */
export class GuessBrake {
  #failures = 0;
  #lastMs = 0;

  /** A password was wrong. Returns how long to keep the answer back. */
  failed(nowMs: number): number {
    const forgotten = Math.max(0, nowMs - this.#lastMs) / FORGET_MS;
    this.#failures = Math.max(0, this.#failures - forgotten) + 1;
    this.#lastMs = nowMs;
    const delayMs = Math.floor(this.#failures - FREE_FAILURES) * DELAY_MS_PER_FAILURE;
    return Math.min(DELAY_MS_MAX, Math.max(0, delayMs));
  }
}
