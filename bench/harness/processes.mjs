// Processes of the bench: pinned to a CPU where asked, ended with the bench whatever ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { toolsEnvironment } from '../../scripts/tools.mjs';

/** Servers on the first CPU and the load on the second; on a machine with one nothing is pinned. */
export const SERVER_CPU = 0;
export const LOAD_CPU = 1;
export const canPin = cpus().length > 1;

const running = new Set();

const pinned = (cpu) => (cpu === undefined || !canPin ? [] : ['taskset', '--cpu-list', String(cpu)]);
/** setpriv: the kernel ends the process with the bench. */
const words = (cpu, program, args) => ['setpriv', '--pdeathsig', 'KILL', ...pinned(cpu), program, ...args].map(String);

/** `name=value` words, as the C++ programs take them. */
export const named = (values) => Object.entries(values).map(([name, value]) => `${name}=${value}`);

export function start(program, args, { cpu, stdio = ['pipe', 'pipe', 'inherit'], env = {} } = {}) {
  const [command, ...rest] = words(cpu, program, args);
  const child = spawn(command, rest, { stdio, env: { ...toolsEnvironment(), ...env } });
  running.add(child);
  child.on('close', () => running.delete(child));
  return child;
}

/** Runs a program to its end; what it printed. Anything but success is an error. */
export async function output(program, args, options = {}) {
  const child = start(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => (text += part));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${signal ?? code}; its words are above`);
  return text;
}

export const measured = async (program, values, options) => JSON.parse(await output(program, named(values), options));

/** A program that does one round for each line it is sent, and answers with a line of JSON. */
export class Stepper {
  #child;
  #lines;

  constructor(program, args, options) {
    this.#child = start(program, args, options);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async step(line = '') {
    this.#child.stdin.write(`${line}\n`);
    return JSON.parse(await this.ready());
  }

  /** Its next line. */
  async ready() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('a program of the bench ended early; its words are above');
    return value;
  }

  /** Tells it to end; what it says then. */
  async finish() {
    this.#child.stdin.end();
    const last = JSON.parse(await this.ready());
    await gone(this.#child);
    return last;
  }

  async stop() {
    this.#child.stdin.end();
    await gone(this.#child);
  }
}

async function gone(child) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
}

export async function end(child, signal = 'SIGTERM') {
  child.kill(signal);
  await gone(child);
}

export const endAll = () => Promise.all([...running].map((child) => end(child, 'SIGKILL')));

/** The first line it prints. */
export async function firstLine(child) {
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('a program of the bench ended before it was ready; its words are above');
}
