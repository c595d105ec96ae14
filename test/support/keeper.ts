/** Namespaces without a name, which a process of ours holds open: the kernel drops them with the last process inside. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const FLAGS = { mount: '-m', net: '-n', uts: '-u' } as const;

export type Namespace = keyof typeof FLAGS;

const isRoot = process.getuid?.() === 0;

export interface KeeperOptions {
  namespaces: readonly Namespace[];
  /** Shell commands that set the namespaces up, joined by `&&`. */
  setUp: readonly string[];
  /** Whose user namespace it is made in; without, others than root get one of its own. */
  inside?: Keeper;
}

export class Keeper {
  readonly #process: ChildProcess;
  readonly #flags: readonly string[];
  readonly #exited: Promise<unknown>;

  private constructor(process: ChildProcess, flags: readonly string[]) {
    this.#process = process;
    this.#flags = flags;
    this.#exited = once(process, 'close');
  }

  /** Rejects with what was said where neither root nor user namespaces are to be had. */
  static async start({ namespaces, setUp, inside }: KeeperOptions): Promise<Keeper> {
    const flags = namespaces.map((namespace) => FLAGS[namespace]);
    // Its end comes with that of this process: by the signal, and by the end of its input, which no change of credentials undoes.
    const script = [...setUp, 'echo ready', 'exec cat'].join(' && ');
    const [program, ...args] = [
      ...(inside?.launcher ?? []),
      'unshare',
      ...(isRoot || inside ? [] : ['-U', '-r']),
      ...flags,
      ...(namespaces.includes('mount') ? ['--propagation', 'private'] : []),
      ...['setpriv', '--pdeathsig', 'KILL', 'sh', '-c', script],
    ] as [string, ...string[]];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const keeper = new Keeper(child, flags);
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    const ready = await Promise.race([once(child.stdout, 'data'), keeper.#exited.then(() => undefined)]);
    if (ready === undefined) throw new Error(complaint.trim());
    return keeper;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** What a command begins with that runs inside. */
  get launcher(): string[] {
    const enter = isRoot ? this.#flags : ['-U', '--preserve-credentials', ...this.#flags];
    return ['nsenter', '-t', String(this.pid), ...enter, '--'];
  }

  /** Where a path inside is seen from outside. */
  path(inside: string): string {
    return `/proc/${this.pid}/root${inside}`;
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }
}
