/** One host: processes in it, its shared memory, its clock, and doors from which it is seen how far its network reaches. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TestServer, type ServerOptions } from '../support/server.js';
import type { LinkTarget } from '../campaign/link.js';
import { MARK } from './leftovers.js';
import type { Network } from './network.js';
import { WallClock } from './wall-clock.js';

const run = promisify(execFile);
const DOOR = fileURLToPath(new URL('door.js', import.meta.url));
const FILLER = 'filler';

export interface HostParts {
  network: Network;
  /** Of all the hosts that were opened together. */
  folder: string;
  /** Whether its clock can be skewed. */
  clocks: boolean;
  /** Its /dev/shm is nobody else's. */
  ownsShm: boolean;
  /** What its server listens on, and the password that an address others can reach must have. */
  port: number;
  password: string;
}

export class Host {
  readonly #parts: HostParts;
  /** Of files that come and go with the host. */
  readonly folder: string;
  readonly #clock: WallClock;
  readonly #children = new Set<ChildProcess>();
  readonly #servers: TestServer[] = [];
  readonly #doors = new Map<string, string>();

  constructor(
    readonly name: string,
    parts: HostParts,
  ) {
    this.#parts = parts;
    this.folder = join(parts.folder, name);
    mkdirSync(this.folder);
    this.#clock = new WallClock(this.folder, parts.clocks && parts.ownsShm);
  }

  /** Its own address. */
  get address(): string {
    return this.#parts.network.addressOf(this.name, this.name);
  }

  /** What it calls another host by. */
  addressOf(other: Host): string {
    return this.#parts.network.addressOf(other.name, this.name);
  }

  get port(): number {
    return this.#parts.port;
  }

  /** The socket of its server, which can be reached from everywhere at any time. */
  get socketPath(): string {
    return join(this.folder, 'node.sock');
  }

  /** Clients of its server that are on the host, whatever happens to its network. */
  get local(): LinkTarget {
    return { path: this.socketPath, password: this.#parts.password };
  }

  /** A server that runs here, is called like the host, and listens on its address; not started yet. It ends with the host. */
  server(options: ServerOptions = {}): TestServer {
    const own = {
      listen: { port: this.port, unix_socket: this.socketPath },
      security: { password: this.#parts.password },
    };
    const config: Record<string, NonNullable<ServerOptions['config']>[string]> = { ...own };
    for (const [section, keys] of Object.entries(options.config ?? {}))
      config[section] = { ...config[section], ...keys };
    const server = new TestServer({
      ...options,
      node: this.name,
      prefix: this.#parts.network.shmPrefix(this.name),
      host: this.address,
      parent: this.folder,
      launcher: [...this.#launcher, ...(options.launcher ?? [])],
      env: { ...this.#environment, ...options.env },
      config,
    });
    this.#servers.push(server);
    return server;
  }

  /** Starts a program here; it ends with the host, or with the thread that started it. */
  spawn(program: string, ...args: string[]): ChildProcess {
    const [first, ...rest] = this.#command(program, args);
    const child = spawn(first, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#environment },
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }

  /** Runs a program here to its end; rejects when it fails. */
  async run(program: string, ...args: string[]): Promise<string> {
    const [first, ...rest] = this.#command(program, args);
    const { stdout } = await run(first, rest, { env: { ...process.env, ...this.#environment } });
    return stdout;
  }

  /** A client that stands here and talks over the network to another host's server. */
  async reaching(other: Host): Promise<LinkTarget> {
    let path = this.#doors.get(other.name);
    if (path === undefined) {
      path = join(this.folder, `to-${other.name}.sock`);
      const door = this.spawn(process.execPath, DOOR, path, this.addressOf(other), String(other.port));
      door.stderr!.pipe(process.stderr);
      const isOpen = await Promise.race([once(door.stdout!, 'data'), once(door, 'close').then(() => undefined)]);
      if (isOpen === undefined) throw new Error(`there is no door from ${this.name} to ${other.name}`);
      this.#doors.set(other.name, path);
    }
    return { path, password: this.#parts.password };
  }

  /** Objects in its /dev/shm that are its own. */
  objects(): string[] {
    const prefix = this.#parts.network.shmPrefix(this.name);
    return readdirSync(this.#shm).filter((name) => name.startsWith(`${prefix}.`));
  }

  /** Leaves that many bytes of its /dev/shm. */
  async fillShm(leftBytes = 0): Promise<void> {
    if (!this.#parts.ownsShm) throw new Error('NOT POSSIBLE: without namespaces all hosts have one /dev/shm');
    this.emptyShm();
    const bytes = this.freeShmBytes() - leftBytes;
    await this.run('fallocate', '--length', String(bytes), `/dev/shm/${FILLER}`);
    if (this.freeShmBytes() > leftBytes) throw new Error(`${this.freeShmBytes()} bytes of /dev/shm are free still`);
  }

  emptyShm(): void {
    rmSync(join(this.#shm, FILLER), { force: true });
  }

  freeShmBytes(): number {
    const { bavail, bsize } = statfsSync(this.#shm);
    return bavail * bsize;
  }

  /** Its wall clock is so far ahead from now on, for those that run and those that will. */
  async skewClock(ms: number): Promise<void> {
    await this.#clock.skew(ms, (program, ...args) => this.run(program, ...args));
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.dispose()));
    await Promise.all([...this.#children].map((child) => (child.kill('SIGKILL'), once(child, 'close'))));
  }

  get #shm(): string {
    return this.#parts.network.shmPath(this.name);
  }

  get #environment(): NodeJS.ProcessEnv {
    return { [MARK]: this.#parts.folder };
  }

  get #launcher(): string[] {
    return [...this.#parts.network.launcher(this.name), ...this.#clock.launcher];
  }

  #command(program: string, args: readonly string[]): [string, ...string[]] {
    return [...this.#launcher, 'setpriv', '--pdeathsig', 'KILL', program, ...args] as [string, ...string[]];
  }
}
