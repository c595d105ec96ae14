/**
 * Who waits for a name to be sealed. A waiter brings an attempt, which is made at the moment of the seal: a pin is taken
 * before any later command can remove the variable again.
 */
import { FabricError } from '../errors.js';
import type { Counters } from './counters.js';
import { nameKey } from './names.js';

interface Waiter {
  /** Makes the attempt; true when it settled. */
  attempt(): boolean;
  giveUp(): void;
}

/** Woken in one turn: each attempt is a lookup and a pin, a few microseconds. */
const WOKEN_PER_TURN = 200;
/** setTimeout's own limit: longer times would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export interface WaitOptions {
  /** 0: as long as the connection lives. */
  ms: number;
  /** Aborted when the connection is gone. */
  signal: AbortSignal;
}

export class Waiters {
  readonly #counters: Counters;
  readonly #onWaiting: (waiting: boolean) => void;
  readonly #queues = new Map<string, Set<Waiter>>();
  #count = 0;
  #closed = false;

  constructor(counters: Counters, onWaiting: (waiting: boolean) => void) {
    this.#counters = counters;
    this.#onWaiting = onWaiting;
  }

  /** Waiting now. */
  get count(): number {
    return this.#count;
  }

  /** Resolves to the attempt's first result, or to undefined when time is up. ERR when the connection or the server ends. */
  wait<T>(name: Buffer, { ms, signal }: WaitOptions, attempt: () => T | undefined): Promise<T | undefined> {
    if (signal.aborted || this.#closed) return Promise.reject(givenUp());
    const key = nameKey(name);
    this.#counters.waits++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#remove(key, waiter);
      };
      const giveUp = () => {
        leave();
        reject(givenUp());
      };
      const timeOut = () => {
        this.#counters.waitTimeouts++;
        leave();
        resolve(undefined);
      };
      const timer = ms > 0 ? setTimeout(timeOut, Math.min(ms, TIMER_MS_MAX)) : undefined;
      const waiter: Waiter = {
        giveUp,
        attempt: () => {
          try {
            const result = attempt();
            if (result === undefined) return false;
            leave();
            resolve(result);
          } catch (error) {
            leave();
            reject(error instanceof Error ? error : new Error(String(error)));
          }
          return true;
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#add(key, waiter);
    });
  }

  /** Wakes those who wait for the name, oldest first. */
  sealed(name: Buffer): void {
    if (this.#count > 0) this.#wake(nameKey(name));
  }

  /** Everyone gives up. */
  close(): void {
    this.#closed = true;
    for (const queue of [...this.#queues.values()]) for (const waiter of [...queue]) waiter.giveUp();
  }

  #wake(key: string): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) return;
    let woken = 0;
    for (const waiter of queue) {
      if (woken === WOKEN_PER_TURN) {
        setImmediate(() => this.#wake(key));
        return;
      }
      // Removed again already: the others go on waiting.
      if (!waiter.attempt()) return;
      woken++;
    }
  }

  #add(key: string, waiter: Waiter): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, new Set([waiter]));
    else queue.add(waiter);
    if (this.#count++ === 0) this.#onWaiting(true);
  }

  #remove(key: string, waiter: Waiter): void {
    const queue = this.#queues.get(key);
    if (queue?.delete(waiter) !== true) return;
    if (--this.#count === 0) this.#onWaiting(false);
    if (queue.size === 0) this.#queues.delete(key);
  }
}

const givenUp = () =>
  new FabricError('ERR', 'the wait was given up: the server is shutting down; connect again and repeat it');
