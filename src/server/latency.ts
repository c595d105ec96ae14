/** Keeps the delays above a threshold: commands that took long, and stalls of the event loop. */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { Context } from '../commands/context.js';
import type { Latency, LatencyEvent, LatencySample } from '../commands/latency.js';

/** As in Redis: of each event the latest samples are kept, one a second at most. */
const SAMPLES_MAX = 160;
/** The event loop is looked at this often; its delay beyond that is a stall. */
const RESOLUTION_MS = 10;
const NANOSECONDS_PER_MS = 1e6;

class Event implements LatencyEvent {
  readonly name: string;
  readonly samples: LatencySample[] = [];
  maxMs = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(timeSeconds: number, ms: number): void {
    this.maxMs = Math.max(this.maxMs, ms);
    const last = this.samples.at(-1);
    if (last?.timeSeconds === timeSeconds) {
      last.ms = Math.max(last.ms, ms);
      return;
    }
    this.samples.push({ timeSeconds, ms });
    if (this.samples.length > SAMPLES_MAX) this.samples.shift();
  }
}

/** Its threshold is read anew each time: CONFIG SET may change it. 0: nothing is kept. */
export class LatencyMonitor implements Latency {
  readonly #config: Context['config']['latency'];
  readonly #now: () => number;
  readonly #events = new Map<string, Event>();
  #loop: IntervalHistogram | undefined;

  constructor(config: Context['config']['latency'], now: () => number) {
    this.#config = config;
    this.#now = now;
  }

  events(): readonly LatencyEvent[] {
    return [...this.#events.values()];
  }

  event(name: string): LatencyEvent | undefined {
    return this.#events.get(name);
  }

  reset(names?: readonly string[]): number {
    let forgotten = 0;
    for (const name of names ?? [...this.#events.keys()]) if (this.#events.delete(name)) forgotten++;
    return forgotten;
  }

  /** Keeps the delay if it is one. */
  note(name: 'command' | 'fast-command' | 'event-loop', ms: number): void {
    const threshold = this.#config.thresholdMs;
    if (threshold === 0 || ms < threshold) return;
    let event = this.#events.get(name);
    if (event === undefined) this.#events.set(name, (event = new Event(name)));
    event.add(Math.floor(this.#now() / 1000), Math.round(ms));
  }

  /** Notes the worst stall of the event loop since the last time; called every second or so. */
  lookAtLoop(): void {
    if (this.#config.thresholdMs === 0) {
      this.close();
      return;
    }
    if (this.#loop === undefined) {
      this.#loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#loop.enable();
      return;
    }
    if (this.#loop.count > 0) this.note('event-loop', this.#loop.max / NANOSECONDS_PER_MS - RESOLUTION_MS);
    this.#loop.reset();
  }

  close(): void {
    this.#loop?.disable();
    this.#loop = undefined;
  }
}
