// What the servers of stores have in common: a temporary folder, processes that never outlive this one, one line of JSON when they
// answer, and an end when standard input does.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
const LOG_CHARACTERS_MAX = 2000;

export class Server {
  folder = mkdtempSync(join(tmpdir(), 'datafabric-store-'));
  #processes = [];

  constructor() {
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }));
  }

  path(name) {
    return join(this.folder, name);
  }

  /** Starts a process that the kernel ends with this one, however this one ends; its output goes to a file. */
  start(program, args, options = {}) {
    const log = this.path(`${program}.out`);
    const output = openSync(log, 'w');
    const stdio = ['ignore', output, output];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], { cwd: this.folder, stdio, ...options });
    closeSync(output);
    const ended = new Promise((resolve) => {
      child.once('error', resolve);
      child.once('exit', resolve);
    });
    this.#processes.push({ program, child, ended, log });
    return child;
  }

  /** Runs a program to its end and returns what it printed. */
  async run(program, args, { timeoutMs, ...options }) {
    const child = spawn(program, args, {
      cwd: this.folder,
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    const code = await new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (status, signal) => resolve(status ?? signal));
    });
    if (code !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')}: ${code}\n${stderr}${this.logs()}`);
    return stdout;
  }

  /** Waits until `probe` returns something; gives up when time is over or a process has ended. */
  async until(what, timeoutMs, probe) {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = await probe();
      if (found) return found;
      const dead = this.#processes.find(
        ({ child }) => child.pid === undefined || child.exitCode !== null || child.signalCode !== null,
      );
      if (dead) throw new Error(`${dead.program} ended before ${what}\n${this.logs()}`);
      if (performance.now() > deadline) throw new Error(`not ${what} within ${timeoutMs / 1000} s\n${this.logs()}`);
      await sleep(POLL_MS);
    }
  }

  logs() {
    return this.#processes
      .map(({ program, log }) => `${program}: ${readFileSync(log, 'utf8').slice(-LOG_CHARACTERS_MAX)}`)
      .join('\n');
  }

  async stop() {
    // Nothing in them is to be kept.
    for (const { child } of this.#processes) child.kill('SIGKILL');
    await Promise.all(this.#processes.map(({ ended }) => ended));
  }
}

/** A port nobody listens on now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts a store's server, prints how it is reached, and ends it when standard input or this process does. */
export async function serve(start) {
  const server = new Server();
  let stopping;
  const stop = (code) => (stopping ??= server.stop().then(() => process.exit(code)));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stop(1));
  process.stdin.resume().once('end', () => stop(0));
  process.stdin.once('error', () => stop(0));
  try {
    console.log(JSON.stringify(await start(server)));
  } catch (error) {
    console.error(error.message);
    await stop(1);
  }
}
