/** The campaign's other processes: they end with it, in whatever way it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Setup, Word } from './hot.js';

const WITH_PARENT = ['--pdeathsig', 'KILL'];
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const PYTHON_ENVIRONMENT = {
  ...process.env,
  // Where the setup links a Python that has redis-py and NumPy.
  PATH: `${ROOT}build-tools:${process.env.PATH ?? ''}`,
  PYTHONPATH: `${ROOT}clients/python`,
  PYTHONDONTWRITEBYTECODE: '1',
  // Threads don't survive a fork.
  OPENBLAS_NUM_THREADS: '1',
};

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export function startNode(name: string, argument: unknown): ChildProcess {
  return spawn('setpriv', [...WITH_PARENT, process.execPath, script(name), JSON.stringify(argument)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

export function startPython(name: string, ...args: unknown[]): ChildProcess {
  const path = `${ROOT}test/campaign/clients/${name}`;
  return spawn('setpriv', [...WITH_PARENT, 'python3', path, ...args.map((arg) => JSON.stringify(arg))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: PYTHON_ENVIRONMENT,
  });
}

/** Each line that it says, as a value. */
export function onWord(child: ChildProcess, listener: (word: unknown) => void): void {
  createInterface({ input: child.stdout! }).on('line', (line) => listener(JSON.parse(line)));
}

export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** One that reads or writes the hot names until it is paused. */
export class Companion {
  readonly child: ChildProcess;
  readonly #label: string;
  #counts: Readonly<Record<string, number>> = {};
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #failure: Error | undefined;

  constructor(label: string, start: (setup: Setup) => ChildProcess, setup: Setup) {
    this.#label = label;
    this.child = start(setup);
    onWord(this.child, (word) => {
      const { paused, wrong } = word as Word;
      if (paused !== undefined) this.#counts = paused;
      if (wrong === undefined) this.#settle?.resolve();
      else this.#fail(wrong);
    });
    this.child.on('exit', (code, signal) => this.#fail(`it ended with ${signal ?? code}`));
  }

  get counts(): readonly [string, number][] {
    return Object.entries(this.#counts).map(([what, count]) => [`${this.#label}: ${what}`, count]);
  }

  /** Resolves when it has let go of everything; rejects with what was wrong by then. */
  pause(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.child.stdin!.write('pause\n');
    });
  }

  resume(): void {
    this.child.stdin!.write('resume\n');
  }

  /** Throws when something was wrong. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fail(why: string): void {
    this.#failure ??= new Error(`${this.#label}: ${why}`);
    this.#settle?.reject(this.#failure);
  }
}
