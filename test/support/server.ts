/** Real servers for tests: a process of its own, on a free port, with objects and state that go away with the test. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ExecutionContext } from 'ava';
import { CLI } from './cli.js';
import { removeLeftovers } from './leftovers.js';

type Value = string | number | boolean | readonly (string | number)[];

export interface ServerOptions {
  /** Its name, unique among the servers that see the same /dev/shm. Default: one of its own. */
  node?: string;
  /** First part of its objects' names; must begin as the default does, which says whose they are. */
  prefix?: string;
  /** An address of this machine that it listens on. */
  host?: string;
  /** Where its folder is made. */
  parent?: string;
  /** Sections and keys of the configuration file; they are put over the defaults for tests. */
  config?: Readonly<Record<string, Readonly<Record<string, Value>>>>;
  /** Tables of `[[users]]`. */
  users?: readonly Readonly<Record<string, Value>>[];
  /** Tables of `[[nodes]]`, of which it is one. */
  nodes?: readonly Readonly<Record<string, Value>>[];
  env?: NodeJS.ProcessEnv;
  /** A command that becomes the server by exec, after it has set up what surrounds it: `['prlimit', '--nofile=64']`. */
  launcher?: readonly string[];
  /** What `serve` is told instead of its own configuration file. */
  serveArguments?: readonly string[];
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** It ended before it served. */
export class StartFailure extends Error {
  constructor(
    readonly exit: Exit,
    output: string,
  ) {
    super(`the server ended with ${exit.signal ?? exit.code} instead of starting:\n${output}`);
  }
}

const READY_FD = 3;
/** The kernel ends the server when the thread that runs the test is gone, in whatever way. */
export const SERVER = ['setpriv', '--pdeathsig', 'KILL', process.execPath, CLI];
const SEGMENT_MIB = 64;

removeLeftovers();

/** Starts a server, and ends it with the test. */
export async function startServer(t: ExecutionContext, options: ServerOptions = {}): Promise<TestServer> {
  const server = new TestServer(options);
  t.teardown(async () => {
    if (!t.passed) t.log(server.output());
    await server.dispose();
  });
  await server.start();
  return server;
}

export class TestServer {
  readonly host: string;
  readonly node: string;
  readonly prefix: string;
  readonly folder: string;
  readonly stateDir: string;
  readonly configPath: string;
  /** Everything it listens on: `127.0.0.1:4711`, `unix:/path`. */
  addresses: readonly string[] = [];
  readonly #env: NodeJS.ProcessEnv;
  readonly #launcher: readonly string[];
  readonly #serveArguments: readonly string[] | undefined;
  #child: ChildProcess | undefined;
  #exited: Promise<Exit> | undefined;
  #output = '';

  constructor({ config = {}, users = [], nodes = [], env = {}, launcher = [], ...own }: ServerOptions) {
    this.#env = env;
    this.#launcher = launcher;
    this.#serveArguments = own.serveArguments;
    this.host = own.host ?? '127.0.0.1';
    this.node = own.node ?? `t${randomBytes(6).toString('hex')}`;
    this.prefix = own.prefix ?? `dftest${process.pid}`;
    this.folder = mkdtempSync(join(own.parent ?? tmpdir(), 'datafabric-test-'));
    this.stateDir = join(this.folder, 'state');
    this.configPath = join(this.folder, 'node.toml');
    const sections: Record<string, Record<string, Value>> = {
      node: { name: this.node, state_dir: this.stateDir, shm_prefix: this.prefix, segments_mib: [SEGMENT_MIB] },
      listen: { ...(own.host === undefined ? {} : { hosts: [own.host] }), port: 0 },
      log: { format: 'json', level: 'debug' },
    };
    for (const [name, keys] of Object.entries(config)) sections[name] = { ...sections[name], ...keys };
    const tables = [
      ...Object.entries(sections),
      ...users.map((user) => ['[users]', user] as const),
      ...nodes.map((node) => ['[nodes]', node] as const),
    ];
    writeFileSync(this.configPath, toToml(tables));
  }

  get port(): number {
    const tcp = this.addresses.find((address) => address.startsWith(`${this.host}:`));
    if (tcp === undefined) throw new Error(`the server listens on ${this.addresses.join(', ')} only`);
    return Number(tcp.slice(tcp.lastIndexOf(':') + 1));
  }

  get tlsPort(): number {
    const tls = this.addresses.find((address) => address.startsWith(`tls:${this.host}:`));
    if (tls === undefined) throw new Error(`the server listens on ${this.addresses.join(', ')} only`);
    return Number(tls.slice(tls.lastIndexOf(':') + 1));
  }

  get url(): string {
    return `redis://${this.host}:${this.port}`;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the server does not run');
    return this.#child.pid;
  }

  /** Its configuration file. */
  config(): string {
    return readFileSync(this.configPath, 'utf8');
  }

  /** What it has written so far, stdout and stderr together. */
  output(): string {
    return this.#output;
  }

  /** Its objects in /dev/shm now. */
  objects(): string[] {
    return readdirSync('/dev/shm').filter((name) => name.startsWith(`${this.prefix}.${this.node}.`));
  }

  /** Resolves when it serves; rejects with a StartFailure when it ends before. `env` is for this start alone. */
  async start(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const child = this.launch(env);
    const ready = await Promise.race([textOf(child.stdio[READY_FD] as Readable), this.exited().then(() => '')]);
    if (ready === '') throw new StartFailure(await this.exited(), this.#output);
    this.addresses = (JSON.parse(ready) as { addresses: string[] }).addresses;
  }

  /** Starts it without waiting for anything. */
  launch(env: NodeJS.ProcessEnv = {}): ChildProcess {
    const told = this.#serveArguments ?? ['--config', this.configPath];
    const serve = [...SERVER, 'serve', ...told, '--ready-fd', String(READY_FD)];
    const [program, ...args] = [...this.#launcher, ...serve] as [string, ...string[]];
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#env, ...env },
    });
    this.#child = child;
    this.#exited = once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal }) as Exit);
    for (const stream of [child.stdout, child.stderr]) {
      stream!.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
    return child;
  }

  /** Sends a signal and waits until the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.#child?.kill(signal);
    return this.exited();
  }

  async exited(): Promise<Exit> {
    if (this.#exited === undefined) throw new Error('the server was never started');
    return this.#exited;
  }

  /** Ends it and starts it again; the port is another one then. */
  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.kill(signal);
    await this.start();
  }

  async dispose(): Promise<void> {
    if (this.#exited !== undefined) await this.kill('SIGKILL');
    for (const name of this.objects()) unlinkSync(join('/dev/shm', name));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function toToml(tables: readonly (readonly [name: string, keys: Readonly<Record<string, Value>>])[]): string {
  return tables
    .map(([name, keys]) => {
      const lines = Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
      return [`[${name}]`, ...lines, ''].join('\n');
    })
    .join('\n');
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk as string;
  return text;
}
