/**
 * Hosts for tests of what is between machines: they can't see each other's memory, their links can be cut, their clocks differ.
 * Where namespaces aren't permitted they are processes on loopback addresses, and one line says so.
 */
import { rmSync } from 'node:fs';
import { Host } from './host.js';
import { makeFolder, removeHostLeftovers } from './leftovers.js';
import { LoopbackNetwork } from './loopback-network.js';
import { NamespaceNetwork } from './namespace-network.js';
import type { Network } from './network.js';

export type HostsKind = 'namespaces' | 'loopback';

export interface HostsOptions {
  names: readonly string[];
  /** Without: namespaces where they are permitted. */
  kind?: HostsKind;
  /** Size of each /dev/shm. */
  shmMib?: number;
  /** What is listened on; the first is that of the servers. On loopback no other port can be reached from another host. */
  ports?: readonly [number, ...number[]];
  /** Whether `skewClock` will be used; looking at the clock takes longer then. */
  clocks?: boolean;
}

const PASSWORD = 'between hosts';

export class Hosts {
  readonly kind: HostsKind;
  readonly folder: string;
  readonly #network: Network;
  readonly #hosts: ReadonlyMap<string, Host>;

  private constructor(kind: HostsKind, folder: string, network: Network, hosts: ReadonlyMap<string, Host>) {
    this.kind = kind;
    this.folder = folder;
    this.#network = network;
    this.#hosts = hosts;
  }

  static async open(options: HostsOptions): Promise<Hosts> {
    removeHostLeftovers();
    const { names, shmMib = 128, ports = [7000], clocks = false } = options;
    const folder = makeFolder();
    try {
      const { kind, network } = await openNetwork(options, names, shmMib, ports, folder);
      const parts = { network, folder, clocks, ownsShm: kind === 'namespaces', port: ports[0], password: PASSWORD };
      return new Hosts(kind, folder, network, new Map(names.map((name) => [name, new Host(name, parts)])));
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get all(): Host[] {
    return [...this.#hosts.values()];
  }

  host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`there is no host '${name}'`);
    return host;
  }

  /** What `from` sends doesn't get to `to`; what comes back does. */
  async cutOneWay(from: Host, to: Host): Promise<void> {
    await this.#network.cut({ from: from.name, to: to.name });
  }

  async cut(one: Host, other: Host): Promise<void> {
    await this.cutOneWay(one, other);
    await this.cutOneWay(other, one);
  }

  /** Cuts it from every other. */
  async isolate(host: Host): Promise<void> {
    for (const other of this.all) if (other !== host) await this.cut(host, other);
  }

  async heal(one: Host, other: Host): Promise<void> {
    await this.#network.heal({ from: one.name, to: other.name });
    await this.#network.heal({ from: other.name, to: one.name });
  }

  async healAll(): Promise<void> {
    for (const [index, one] of this.all.entries()) {
      for (const other of this.all.slice(index + 1)) await this.heal(one, other);
    }
  }

  /** Ends all that runs in them. */
  async close(): Promise<void> {
    await Promise.all(this.all.map((host) => host.close()));
    await this.#network.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function openNetwork(
  { kind }: HostsOptions,
  names: readonly string[],
  shmMib: number,
  ports: readonly number[],
  folder: string,
): Promise<{ kind: HostsKind; network: Network }> {
  if (kind !== 'loopback') {
    try {
      return { kind: 'namespaces', network: await NamespaceNetwork.open(names, shmMib, folder) };
    } catch (error) {
      if (kind === 'namespaces') throw error;
      console.log(
        `Namespaces can't be had (${(error as Error).message}): the hosts are processes on loopback with one /dev/shm, their cuts proxies.`,
      );
    }
  }
  return { kind: 'loopback', network: await LoopbackNetwork.open(names, ports) };
}
