/** A /dev/shm of a test's own, of any size: in a mount namespace, which a keeper process holds open. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

const isRoot = process.getuid?.() === 0;
/** Others get a user namespace in which they may mount. */
const UNSHARE = ['unshare', isRoot ? '-m' : '-Urm', '--propagation', 'private'];
const ENTER = isRoot ? ['-m'] : ['-U', '--preserve-credentials', '-m'];

export class ShmRoom {
  readonly #keeper: ChildProcess;

  private constructor(keeper: ChildProcess) {
    this.#keeper = keeper;
  }

  /** Throws with the reason where neither root nor user namespaces are to be had: a test can't do without. */
  static async open(t: ExecutionContext, mebibytes: number): Promise<ShmRoom> {
    const mount = `mount -t tmpfs -o size=${mebibytes}m tmpfs /dev/shm && echo mounted && exec cat`;
    const [program, ...args] = ['setpriv', '--pdeathsig', 'KILL', ...UNSHARE, 'sh', '-c', mount] as [
      string,
      ...string[],
    ];
    const keeper = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    t.teardown(() => keeper.kill('SIGKILL'));
    let complaint = '';
    keeper.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    const mounted = await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'close').then(() => undefined)]);
    if (mounted === undefined) {
      throw new Error(
        `a /dev/shm of ${mebibytes} MiB needs root or unprivileged user namespaces, and can't be had: ${complaint}`,
      );
    }
    return new ShmRoom(keeper);
  }

  /** For `ServerOptions.launcher`. */
  get launcher(): string[] {
    return ['nsenter', '-t', String(this.#keeper.pid), ...ENTER, '--'];
  }

  /** Where it is seen from outside. */
  get path(): string {
    return `/proc/${this.#keeper.pid}/root/dev/shm`;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  names(): string[] {
    return readdirSync(this.path);
  }
}
