/**
 * A lease of etcd, and until when this process may rely on it. etcd counts from when a renewal arrives, this process from before it was
 * sent, on its own monotonic clock, and a margin less: what is over there is over here before, unless one clock runs a tenth slower.
 */
import { pause } from '../util/pause.js';
import type { EtcdClient } from './etcd-client.js';

/** Parts of the lease's time. */
const MARGIN = 1 / 10;
const RENEWAL = 1 / 5;
const RETRY = 1 / 20;

export interface LeaseParts {
  client: EtcdClient;
  leaseMs: number;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
}

export class EtcdLease {
  readonly id: string;
  /** What etcd made of the time asked for: it has a minimum of its own. */
  readonly grantedMs: number;
  readonly #parts: LeaseParts;
  readonly #over = new AbortController();
  #deadlineMs: number;
  #timer: NodeJS.Timeout | undefined;
  #onEnd: ((why: string) => void) | undefined;

  static async grant(parts: LeaseParts): Promise<EtcdLease> {
    const sentMs = parts.now();
    const { ID, TTL } = await parts.client.call((etcd) => etcd.leaseClient.leaseGrant({ TTL: parts.leaseMs / 1000 }));
    return new EtcdLease(parts, ID, Number(TTL) * 1000, sentMs);
  }

  private constructor(parts: LeaseParts, id: string, grantedMs: number, sentMs: number) {
    this.#parts = parts;
    this.id = id;
    this.grantedMs = grantedMs;
    this.#deadlineMs = this.#deadlineFrom(sentMs);
  }

  /** -Infinity once it has ended. */
  get deadlineMs(): number {
    return this.#over.signal.aborted ? -Infinity : this.#deadlineMs;
  }

  /** Renews it from now on, until it ends. */
  keep(onEnd: (why: string) => void): void {
    this.#onEnd = onEnd;
    this.#awaitDeadline();
    void this.#renew();
  }

  /** Nothing may rely on it any more. */
  end(why: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    clearTimeout(this.#timer);
    this.#onEnd?.(why);
  }

  /** Gives what hangs on it to others now instead of when its time is up, if etcd can be told. */
  async revoke(): Promise<void> {
    this.end('it was revoked');
    await this.#parts.client.call((etcd) => etcd.leaseClient.leaseRevoke({ ID: this.id })).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const { client, leaseMs, now } = this.#parts;
    const { signal } = this.#over;
    let waitMs = leaseMs * RENEWAL;
    for (;;) {
      await pause(waitMs, signal);
      if (signal.aborted) return;
      const sentMs = now();
      try {
        if (await client.keepAlive(this.id)) this.#renewed(sentMs);
        else this.end('etcd has no such lease any more');
        waitMs = leaseMs * RENEWAL;
      } catch {
        // The client has said what is wrong.
        waitMs = leaseMs * RETRY;
      }
    }
  }

  #renewed(sentMs: number): void {
    if (this.#over.signal.aborted) return;
    if (this.#parts.now() >= this.#deadlineMs) {
      this.#expire();
      return;
    }
    this.#deadlineMs = Math.max(this.#deadlineMs, this.#deadlineFrom(sentMs));
    this.#awaitDeadline();
  }

  #deadlineFrom(sentMs: number): number {
    const lastsMs = Math.min(this.#parts.leaseMs, this.grantedMs);
    return sentMs + lastsMs * (1 - MARGIN);
  }

  #awaitDeadline(): void {
    clearTimeout(this.#timer);
    const leftMs = this.#deadlineMs - this.#parts.now();
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, Math.ceil(leftMs)));
  }

  #expire(): void {
    this.end(`its lease of ${this.#parts.leaseMs / 1000} s could not be renewed in time`);
  }
}
