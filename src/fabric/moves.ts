/** Tells the others where variables have moved to; until they know, nothing is stored where those were. */
import type { NativeStore, Step } from '../native.js';
import type { Counters } from './counters.js';
import type { Gate, Move } from './gate.js';

/** Told at a time. */
const BATCH_MAX = 500;
/** After the others couldn't be told. */
const RETRY_MS = 500;

export class Moves {
  readonly #store: NativeStore;
  readonly #counters: Counters;
  readonly #gate: Gate | undefined;
  #untold: Move[] = [];
  #telling = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(store: NativeStore, counters: Counters, gate: Gate | undefined) {
    this.#store = store;
    this.#counters = counters;
    this.#gate = gate;
  }

  /** False: the step was planning only. */
  note(step: Step): boolean {
    if (!step.moved) return false;
    this.#counters.movedVariables++;
    this.#counters.movedBytes += step.length;
    const { name, xid, sharedId, offset, generation, hidden } = step;
    if (this.#gate === undefined || hidden) return true;
    const entry = this.#store.findXid(xid);
    if (entry !== undefined) this.#store.locate(entry);
    this.#untold.push({ name, xid, sharedId, offset, generation });
    this.#store.holdQuarantine(true);
    clearTimeout(this.#timer);
    if (!this.#telling) void this.#tell(this.#gate);
    return true;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #tell(gate: Gate): Promise<void> {
    this.#telling = true;
    while (this.#untold.length > 0 && !this.#closed) {
      const batch = this.#untold.slice(0, BATCH_MAX);
      try {
        await gate.moved(batch);
        this.#untold = this.#untold.slice(batch.length);
      } catch {
        // Whoever asks a coordinator that is away, or a new one, is told anew what lies here.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
    this.#telling = false;
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#store.holdQuarantine(false), gate.staleMs).unref();
  }
}
