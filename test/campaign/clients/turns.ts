/** A process that works turn after turn until it is told to pause, and then says how often it did what. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Word } from './hot.js';

export class Turns {
  readonly #counts: Record<string, number> = {};
  #running = true;

  count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }

  running(): boolean {
    return this.#running;
  }

  /** `turn` is repeated while the process runs; `rest` lets go of everything before a pause. */
  async work(turn: () => Promise<void>, rest: () => Promise<void>): Promise<void> {
    const input = createInterface({ input: process.stdin });
    input.on('line', (line) => (this.#running = line === 'resume'));
    input.on('close', () => process.exit(0));
    for (;;) {
      while (this.running()) await turn();
      await rest();
      say({ paused: this.#counts });
      while (!this.running()) await once(input, 'line');
    }
  }
}

const say = (word: Word): void => console.log(JSON.stringify(word));

/** Runs the process; what it throws is what was wrong. */
export function run(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    say({ wrong: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exitCode = 1;
    process.stdin.destroy();
  });
}
