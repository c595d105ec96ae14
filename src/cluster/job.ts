/** Long work of the coordinator: pass after pass until nothing is left, so many bytes a second, in view and stoppable. */
import { pause } from '../util/pause.js';
import type { Carried, Spend } from './carrier.js';
import { Throttle } from './throttle.js';
import type { UpkeepKind, UpkeepState, UpkeepStatus } from './upkeep-messages.js';

/** Variables on their way at once: small ones wait for answers, not for bytes. */
const LANES = 8;

export interface Amount {
  variables: number;
  bytes: number;
}

/** What a job does. */
export interface Task {
  kind: UpkeepKind;
  /** Empty: it is about all. */
  node: string;
  left(): Amount;
  /** Goes once through what there is to do, as long as the job isn't stopped; true: what is left then is to be tried again. */
  pass(job: Job): Promise<boolean>;
  /** Why something is left, beside what its carriages said. */
  why?(): string;
}

export interface JobOptions {
  bytesPerSecond: number;
  /** Between passes, while something can't be moved. */
  retryMs: number;
  now: () => number;
}

export class Job {
  readonly task: Task;
  readonly #options: JobOptions;
  readonly #throttle: Throttle;
  readonly #stopping = new AbortController();
  #state: UpkeepState = 'running';
  readonly #moved: Amount = { variables: 0, bytes: 0 };
  #pinned = 0;
  #why = '';

  constructor(task: Task, options: JobOptions) {
    this.task = task;
    this.#options = options;
    this.#throttle = new Throttle(options.bytesPerSecond, options.now);
  }

  get stopped(): boolean {
    return this.#state === 'stopped';
  }

  /** Neither done, stopped nor failed. */
  get active(): boolean {
    return this.#state === 'running' || this.#state === 'waiting';
  }

  set bytesPerSecond(bytes: number) {
    this.#throttle.bytesPerSecond = bytes;
  }

  readonly spend: Spend = (bytes) => this.#throttle.spend(bytes, this.#stopping.signal);

  /** What is on its way arrives. */
  stop(): void {
    if (!this.active) return;
    this.#state = 'stopped';
    this.#stopping.abort();
  }

  async run(): Promise<void> {
    try {
      while (await this.#turn()) await pause(this.#options.retryMs, this.#stopping.signal);
    } catch (error) {
      if (this.stopped) return;
      this.#state = 'failed';
      this.#why = (error as Error).message;
    }
  }

  /** One pass; true: another is to follow. */
  async #turn(): Promise<boolean> {
    if (!this.active) return false;
    this.#begin();
    const again = await this.task.pass(this);
    if (this.stopped) return false;
    this.#why ||= this.task.why?.() ?? '';
    this.#state = again ? 'waiting' : 'done';
    return again;
  }

  /** Several at a time; `note` is to be told of each. */
  async each<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
    const iterator = items[Symbol.iterator]();
    const lane = async (): Promise<void> => {
      for (let next = iterator.next(); next.done !== true && !this.stopped; next = iterator.next())
        await work(next.value);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  note({ outcome, bytes, why }: Carried): void {
    if (outcome === 'carried') this.#moved.variables++;
    if (outcome === 'pinned') this.#pinned++;
    if (outcome === 'pinned' || outcome === 'stuck') this.#why = why;
    this.#moved.bytes += bytes;
  }

  status(): UpkeepStatus {
    const left = this.#state === 'done' ? { variables: 0, bytes: 0 } : this.task.left();
    return {
      kind: this.task.kind,
      node: this.task.node,
      state: this.#state,
      movedVariables: this.#moved.variables,
      movedBytes: this.#moved.bytes,
      leftVariables: left.variables,
      leftBytes: left.bytes,
      pinnedVariables: this.#pinned,
      bytesPerSecond: this.#throttle.bytesPerSecond,
      why: this.#why,
    };
  }

  #begin(): void {
    this.#state = 'running';
    this.#pinned = 0;
    this.#why = '';
  }
}
