/** Drives a process of candidate-main.ts, and keeps what it says. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

const MAIN = fileURLToPath(new URL('candidate-main.js', import.meta.url));
const TOLD_MS_MAX = 90_000;

export interface CandidateOptions {
  node: string;
  cluster: string;
  endpoints: readonly string[];
  leaseMs: number;
}

/** Times are milliseconds of the clock that all processes of the machine share. */
export type Told =
  | { kind: 'elected' | 'grant' | 'refusal'; node: string; at: number; term: number; until: number }
  | { kind: 'deposed'; node: string; at: number; term: number }
  | { kind: 'leader'; node: string; at: number; leader: string | undefined; term: number | undefined }
  | { kind: 'log'; node: string; at: number; text: string }
  | { kind: 'closed'; node: string; at: number };

export const clock = (): number => Number(process.hrtime.bigint()) / 1e6;

/** What several candidates have said, as it came in. */
export class Hearing {
  readonly all: Told[] = [];
  readonly #listeners = new Set<() => void>();

  hear(told: Told): void {
    this.all.push(told);
    for (const listener of [...this.#listeners]) listener();
  }

  /** The first of that kind that was said at or after `since`, if need be in a while. */
  first<K extends Told['kind']>(
    kind: K,
    since: number,
    wanted: (told: Extract<Told, { kind: K }>) => boolean = () => true,
  ): Promise<Extract<Told, { kind: K }>> {
    const isIt = (told: Told): told is Extract<Told, { kind: K }> =>
      told.kind === kind && told.at >= since && wanted(told as Extract<Told, { kind: K }>);
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.all.find(isIt);
        if (found === undefined) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#listeners.delete(look);
        const rest = this.all.filter((told) => told.kind !== 'grant').slice(-20);
        reject(new Error(`nobody said ${kind}; last: ${JSON.stringify(rest, undefined, 1)}`));
      }, TOLD_MS_MAX);
      this.#listeners.add(look);
      look();
    });
  }
}

export class Candidate {
  readonly node: string;
  readonly #options: CandidateOptions;
  readonly #hearing: Hearing;
  #process: ChildProcessByStdio<null, Readable, null> | undefined;

  /** Gone with the test. */
  constructor(t: ExecutionContext, options: CandidateOptions, hearing: Hearing) {
    this.node = options.node;
    this.#options = options;
    this.#hearing = hearing;
    t.teardown(() => this.kill());
  }

  start(): void {
    const child = spawn(process.execPath, [MAIN, JSON.stringify(this.#options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    createInterface(child.stdout).on('line', (line) => this.#hearing.hear(JSON.parse(line) as Told));
  }

  get pid(): number {
    return this.#process!.pid!;
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Lets it resign. */
  async close(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    const gone = once(child, 'close');
    child.kill(signal);
    await gone;
  }
}
