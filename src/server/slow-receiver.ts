import type { Context } from '../commands/context.js';

type Limits = Context['config']['limits'];

/** Tells when a client that is sent messages takes too few of them: at once beyond one limit, after a while beyond another. */
export class SlowReceiver {
  readonly #limits: Limits;
  #softSinceMs: number | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Why the client is to be closed now; undefined while it may stay. */
  look(pendingBytes: number, nowMs: number): string | undefined {
    const { pushedBytesMax, pushedSoftBytes, pushedSoftMs } = this.#limits;
    if (pushedBytesMax > 0 && pendingBytes > pushedBytesMax) return 'limits.pushed_bytes_max';
    if (pushedSoftBytes === 0 || pendingBytes <= pushedSoftBytes) {
      this.#softSinceMs = undefined;
      return undefined;
    }
    this.#softSinceMs ??= nowMs;
    return nowMs - this.#softSinceMs >= pushedSoftMs ? 'limits.pushed_soft_bytes' : undefined;
  }
}
