/** A node that runs as a child of this process, its output line by line. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { prettyFactory } from 'pino-pretty';

const PROGRAM = fileURLToPath(new URL('main.js', import.meta.url));
const READY_FD = 3;
const END_FD = 4;
const LAST_LINES_MAX = 5;
/** What the lines of a log have beside time, level and text, and people don't need here. */
const IGNORED = 'pid,hostname,node,addresses,segments,kernels,open';

export interface ChildNodeOptions {
  file: string;
  node: string;
  coloured: boolean;
  onLine: (line: string) => void;
}

export class ChildNode {
  readonly name: string;
  /** True when it serves, false when it ended before. */
  readonly ready: Promise<boolean>;
  /** How it ended: `SIGKILL`, `exit code 1`. */
  readonly ended: Promise<string>;
  readonly lastLines: string[] = [];
  readonly #child: ChildProcess;
  #running = true;

  constructor({ file, node, coloured, onLine }: ChildNodeOptions) {
    this.name = node;
    const fds = ['--ready-fd', String(READY_FD), '--end-fd', String(END_FD)];
    const args = [PROGRAM, 'serve', '--config', file, '--node', node, '--log-format', 'json', ...fds];
    // A group of its own: Ctrl-C is for the parent, who ends its children in order. Should that die, END_FD closes.
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'], detached: true });
    const pretty = prettyFactory({ colorize: coloured, translateTime: 'SYS:HH:MM:ss.l', ignore: IGNORED });
    const say = (line: string): void => {
      const text = line.startsWith('{') ? pretty(line).trimEnd() : line;
      this.lastLines.push(text);
      if (this.lastLines.length > LAST_LINES_MAX) this.lastLines.shift();
      onLine(text);
    };
    for (const stream of [this.#child.stdout, this.#child.stderr]) createInterface(stream!).on('line', say);
    this.ended = once(this.#child, 'close').then(([code, signal]: unknown[]) => {
      this.#running = false;
      return typeof signal === 'string' ? signal : `exit code ${String(code)}`;
    });
    const told = once(this.#child.stdio[READY_FD] as Readable, 'data').then(() => true);
    this.ready = Promise.race([told, this.ended.then(() => false)]);
  }

  get running(): boolean {
    return this.#running;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Lets it drain; resolves when it has ended. */
  async stop(): Promise<void> {
    if (this.#running) this.#child.kill('SIGTERM');
    await this.ended;
  }

  kill(): void {
    if (this.#running) this.#child.kill('SIGKILL');
  }
}
