/**
 * Hosts as namespaces: each has a network, a /dev/shm, a host name and a boot id of its own. A router between them, which is a
 * namespace too, has a link to each; a cut is a rule of the router that drops what goes from one address to another.
 */
import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Keeper } from '../support/keeper.js';
import { nameOf, type Direction, type Network } from './network.js';

const run = promisify(execFile);

/** Before the rule that looks the main table up. */
const PRIORITY = '100';

const addressOf = (number: number) => `10.77.${number}.2`;
const routerAddress = (number: number) => `10.77.${number}.1`;
const linkOf = (number: number) => `host${number}`;

export class NamespaceNetwork implements Network {
  readonly #router: Keeper;
  readonly #hosts = new Map<string, { keeper: Keeper; number: number }>();

  private constructor(router: Keeper) {
    this.#router = router;
  }

  /** Rejects where namespaces aren't permitted. */
  static async open(names: readonly string[], shmMib: number, folder: string): Promise<NamespaceNetwork> {
    const setUp = ['ip link set lo up', 'echo 1 > /proc/sys/net/ipv4/ip_forward'];
    const router = await Keeper.start({ namespaces: ['net', 'mount'], setUp });
    const network = new NamespaceNetwork(router);
    try {
      for (const [index, name] of names.entries()) await network.#add(name, index + 1, shmMib, folder);
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  async #add(name: string, number: number, shmMib: number, folder: string): Promise<void> {
    const bootId = join(folder, `${name}.boot_id`);
    writeFileSync(bootId, `${randomUUID()}\n`);
    const keeper = await Keeper.start({
      namespaces: ['net', 'mount', 'uts'],
      inside: this.#router,
      setUp: [
        `mount -t tmpfs -o size=${shmMib}m tmpfs /dev/shm`,
        `mount --bind '${bootId}' /proc/sys/kernel/random/boot_id`,
        `hostname '${name}'`,
        'ip link set lo up',
      ],
    });
    this.#hosts.set(name, { keeper, number });
    const link = linkOf(number);
    await this.#route('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(keeper.pid));
    await this.#route('address', 'add', `${routerAddress(number)}/30`, 'dev', link);
    await this.#route('link', 'set', link, 'up');
    await this.#in(keeper, 'address', 'add', `${addressOf(number)}/30`, 'dev', 'eth0');
    await this.#in(keeper, 'link', 'set', 'eth0', 'up');
    await this.#in(keeper, 'route', 'add', 'default', 'via', routerAddress(number));
  }

  addressOf(host: string): string {
    return addressOf(this.#host(host).number);
  }

  launcher(host: string): readonly string[] {
    return this.#host(host).keeper.launcher;
  }

  shmPath(host: string): string {
    return this.#host(host).keeper.path('/dev/shm');
  }

  shmPrefix(): string {
    return `dftest${process.pid}`;
  }

  async cut(direction: Direction): Promise<void> {
    if (await this.#passes(direction)) await this.#rule('add', direction);
    if (await this.#passes(direction)) throw new Error(`${nameOf(direction)} isn't cut, whatever the router was told`);
  }

  async heal(direction: Direction): Promise<void> {
    if (!(await this.#passes(direction))) await this.#rule('delete', direction);
    if (!(await this.#passes(direction)))
      throw new Error(`${nameOf(direction)} is cut still, whatever the router was told`);
  }

  /** The namespaces go with their keepers, the links with the namespaces. */
  async close(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map(({ keeper }) => keeper.stop()));
    await this.#router.stop();
  }

  async #rule(verb: string, { from, to }: Direction): Promise<void> {
    const packets = ['from', this.addressOf(from), 'to', this.addressOf(to)];
    await this.#route('rule', verb, 'priority', PRIORITY, ...packets, 'blackhole');
  }

  /** What the kernel would do with a packet that comes in on that host's link. */
  async #passes({ from, to }: Direction): Promise<boolean> {
    const link = linkOf(this.#host(from).number);
    try {
      await this.#route('route', 'get', this.addressOf(to), 'from', this.addressOf(from), 'iif', link);
      return true;
    } catch (error) {
      if ((error as Error).message.includes('Invalid argument')) return false;
      throw error;
    }
  }

  #host(name: string) {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`there is no host '${name}'`);
    return host;
  }

  readonly #route = (...args: string[]) => this.#in(this.#router, ...args);

  async #in(keeper: Keeper, ...args: string[]): Promise<void> {
    const [program, ...rest] = [...keeper.launcher, 'ip', ...args] as [string, ...string[]];
    await run(program, rest);
  }
}
