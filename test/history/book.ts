/** Histories written by hand: a line per operation, times in any unit. */
import type { Operation, Outcome, Sighting, Written } from './operation.js';

export type Times = readonly [invoked: number, returned: number];

/** `client` and `node`: where it differs from c1 at alpha. */
export interface Circumstances {
  client?: string;
  node?: string;
  outcome?: Outcome;
  xid?: number;
}

/** The bytes of a seed. */
export const written = (seed: number): Written => ({ seed, length: 100 + seed, crc32c: 1000 + seed });

/** What a GET of them sees. */
export function bytes(seed: number, more: Partial<Sighting> = {}): Sighting {
  const { length, crc32c } = written(seed);
  return { length, crc32c, ...more };
}

export class Book {
  readonly operations: Operation[] = [];

  insert(name: string, seed: number, times: Times, circumstances: Circumstances = {}): this {
    return this.#add({ kind: 'INSERT', name, value: written(seed), ...this.#common(times, circumstances) });
  }

  set(name: string, seed: number, times: Times, circumstances: Circumstances = {}): this {
    return this.#add({ kind: 'SET', name, value: written(seed), ...this.#common(times, circumstances) });
  }

  delete(name: string, found: boolean, times: Times, circumstances: Circumstances = {}): this {
    return this.#add({ kind: 'DELETE', name, found, ...this.#common(times, circumstances) });
  }

  get(name: string, seed: number | null, times: Times, circumstances: Circumstances = {}): this {
    const seen = seed === null ? null : bytes(seed);
    return this.#add({ kind: 'GET', name, seen, ...this.#common(times, circumstances) });
  }

  locate(name: string, seen: Sighting | null, times: Times, circumstances: Circumstances = {}): this {
    return this.#add({ kind: 'LOCATE', name, seen, ...this.#common(times, circumstances) });
  }

  /** The last look, at time 1000. */
  end(name: string, seed: number | null): this {
    const seen = seed === null ? null : bytes(seed);
    return this.#add({ kind: 'GET', name, seen, atEnd: true, ...this.#common([1000, 1001], {}) });
  }

  /** The last look, which was refused as those nodes would be needed. */
  outOfReach(name: string, ...holdersDown: string[]): this {
    const common = this.#common([1000, 1001], { outcome: 'failed' });
    return this.#add({ kind: 'GET', name, atEnd: true, holdersDown, ...common });
  }

  #common([invokedNs, returned]: Times, { client = 'c1', node = 'alpha', outcome = 'ok', xid }: Circumstances) {
    const returnedNs = outcome === 'unknown' ? Infinity : returned;
    const id = this.operations.length + 1;
    return { id, client, node, outcome, invokedNs, returnedNs, ...(xid === undefined ? {} : { xid }) };
  }

  #add(operation: Operation): this {
    this.operations.push(operation);
    return this;
  }
}
