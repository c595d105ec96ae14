/** Starts clients that stop themselves at a step, and kills them there. */
import { type ChildProcess } from 'node:child_process';
import { killed, onWord, startNode, startPython } from './programs.js';
import type { Job, Stop } from './steps.js';

/** What the forking process says besides: a process that is gone, a forked child's findings. */
interface PythonWord extends Partial<Stop> {
  gone?: boolean;
  fault?: string | null;
}

export interface Victim {
  stop: Stop;
  /** SIGKILL; resolves when the kernel has cleared it away. */
  kill(): Promise<void>;
}

export class Victims {
  readonly #python: ChildProcess = startPython('victims.py');
  readonly #stopped = new Map<number, (stop: Stop) => void>();
  readonly #gone = new Map<number, () => void>();
  readonly #found = new Map<number, (fault: string | null) => void>();

  constructor() {
    onWord(this.#python, (said) => {
      const word = said as PythonWord;
      if (word.id !== undefined) this.#stopped.get(word.id)?.({ ...word, id: word.id });
      else if (word.gone === true) this.#gone.get(word.pid!)?.();
      else if (word.fault !== undefined) this.#found.get(word.pid!)?.(word.fault);
    });
    this.#python.on('exit', () => {
      for (const [id, resolve] of this.#stopped) resolve({ id, failed: 'the process that forks clients has ended' });
    });
  }

  async start(job: Job): Promise<Victim> {
    return job.kind === 'python' ? this.#startPython(job) : startOwn(job);
  }

  /** What a forked child finds wrong with what it holds. */
  async findingsOf(child: number): Promise<string | null> {
    return new Promise((resolve) => {
      this.#found.set(child, resolve);
      process.kill(child, 'SIGUSR1');
    });
  }

  async killForked(pid: number): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#gone.set(pid, resolve));
    process.kill(pid, 'SIGKILL');
    await gone;
  }

  async end(): Promise<void> {
    await killed(this.#python);
  }

  async #startPython(job: Job): Promise<Victim> {
    const stopped = new Promise<Stop>((resolve) => this.#stopped.set(job.id, resolve));
    this.#python.stdin!.write(`${JSON.stringify(job)}\n`);
    const stop = await stopped;
    this.#stopped.delete(job.id);
    return { stop, kill: async () => this.killForked(stop.pid!) };
  }
}

async function startOwn(job: Job): Promise<Victim> {
  const child = startNode('victim.js', job);
  const stop = await new Promise<Stop>((resolve) => {
    onWord(child, (word) => resolve(word as Stop));
    child.once('exit', (code, signal) => resolve({ id: job.id, failed: `it ended with ${signal ?? code}` }));
  });
  return { stop, kill: async () => killed(child) };
}
