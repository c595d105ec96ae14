/** What LATENCY reports on. */

/** A delay, in whole seconds since the epoch: the worst of its second. */
export interface LatencySample {
  readonly timeSeconds: number;
  ms: number;
}

export interface LatencyEvent {
  readonly name: string;
  /** Oldest first. */
  readonly samples: readonly LatencySample[];
  /** Since the event was last reset. */
  readonly maxMs: number;
}

export interface Latency {
  events(): readonly LatencyEvent[];
  event(name: string): LatencyEvent | undefined;
  /** Forgets some events, or all; returns how many there were. */
  reset(names?: readonly string[]): number;
}
