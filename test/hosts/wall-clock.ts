/**
 * A host's wall clock, ahead of this machine's or behind it: libfaketime is loaded into its processes and reads the difference from
 * a file at every look. Monotonic clocks stay as they are, as they do when somebody sets a real clock.
 */
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of a program that says what time it is, from its start to its last word. */
const ANSWER_MS_MAX = 10_000;

/** Debian puts it below /usr/lib/<architecture>. */
export function findFaketime(): string | undefined {
  return readdirSync('/usr/lib')
    .map((folder) => join('/usr/lib', folder, 'faketime/libfaketimeMT.so.1'))
    .find((path) => existsSync(path));
}

export class WallClock {
  readonly #file: string;
  readonly #library: string | undefined;

  constructor(folder: string, wanted: boolean) {
    this.#file = join(folder, 'wall-clock');
    this.#library = wanted ? findFaketime() : undefined;
    this.#write(0);
  }

  /**
   * What a command begins with that looks at this clock; to be used inside the host, as the library leaves objects in /dev/shm
   * whenever a process becomes another program or is killed.
   */
  get launcher(): string[] {
    if (this.#library === undefined) return [];
    return [
      'env',
      `LD_PRELOAD=${this.#library}`,
      `FAKETIME_TIMESTAMP_FILE=${this.#file}`,
      'FAKETIME_NO_CACHE=1',
      'FAKETIME_DONT_FAKE_MONOTONIC=1',
      'NO_FAKE_STAT=1',
    ];
  }

  /** From now on the processes of the host see this machine's time and so many milliseconds more. `run` runs a program there. */
  async skew(ms: number, run: (program: string, ...args: string[]) => Promise<string>): Promise<void> {
    if (this.#library === undefined) {
      throw new Error(
        'NOT POSSIBLE: a skewed clock needs hosts in namespaces that were opened with `clocks`, and libfaketime (Debian: apt-get install libfaketime)',
      );
    }
    this.#write(ms);
    const beforeMs = Date.now();
    const aheadMs = Number(await run('date', '+%s%3N')) - beforeMs;
    if (aheadMs < ms - 1 || aheadMs > ms + ANSWER_MS_MAX)
      throw new Error(`the clock is ${aheadMs} ms ahead, not ${ms}`);
  }

  /** As a whole: a process may look at any moment. */
  #write(ms: number): void {
    writeFileSync(`${this.#file}.new`, `${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1000}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
