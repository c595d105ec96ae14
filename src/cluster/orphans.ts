/** Copies here whose writers are silent: sealed when another copy is, given up when the name is somebody else's or nobody's. */
import type { Copies } from '../fabric/copies.js';
import type { Fate } from './peer-messages.js';

/** A copy is asked after when its writer has been silent for so many times `downMs`. */
const SILENT_TIMES = 2;

export interface OrphansParts {
  downMs: number;
  copies: () => Copies;
  /** What became of it; rejects when the coordinator is away. */
  fate: (name: Buffer, xid: number) => Promise<Fate>;
  /** False when the variable is no more. */
  adopt: (name: Buffer, xid: number) => Promise<boolean>;
}

export class Orphans {
  readonly #parts: OrphansParts;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: OrphansParts) {
    this.#parts = parts;
  }

  /** Looks after them until `close`. */
  begin(): void {
    this.#timer = setInterval(() => void this.#settle(), this.#parts.downMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #settle(): Promise<void> {
    const { downMs, fate, adopt } = this.#parts;
    const copies = this.#parts.copies();
    for (const { name, xid } of [...copies.older(downMs * SILENT_TIMES)]) {
      try {
        const became = await fate(name, xid);
        if (became === 'sealed' && !(await adopt(name, xid))) copies.release(xid);
        if (became === 'void') copies.release(xid);
      } catch {
        // The coordinator is away; they wait.
        return;
      }
    }
  }
}
