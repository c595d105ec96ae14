/**
 * Hosts as mere processes, where namespaces aren't permitted: each has a loopback address of its own and reaches every other through
 * an address that is only theirs, where a proxy listens. All see one /dev/shm, in which prefixes keep them apart.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { Gate } from './gate.js';
import { nameOf, type Direction, type Network } from './network.js';
import { Proxy } from './proxy.js';

/** So that addresses of hosts and of pairs stay apart, and within a byte. */
const HOSTS_MAX = 12;
const FIRST_PAIR = 100;

export class LoopbackNetwork implements Network {
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #subnet = `127.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  readonly #gates = new Map<string, Gate>();
  readonly #proxies: Proxy[] = [];
  readonly #word = randomBytes(4).toString('hex');

  private constructor(names: readonly string[]) {
    if (names.length > HOSTS_MAX) throw new Error(`on loopback there can be ${HOSTS_MAX} hosts at most`);
    this.#numbers = new Map(names.map((name, index) => [name, index + 1]));
    for (const from of names) for (const to of names) this.#gates.set(nameOf({ from, to }), new Gate());
  }

  static async open(names: readonly string[], ports: readonly number[]): Promise<LoopbackNetwork> {
    const network = new LoopbackNetwork(names);
    try {
      for (const from of names) {
        for (const to of names) if (from !== to) await network.#connect({ from, to }, ports);
      }
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  async #connect({ from, to }: Direction, ports: readonly number[]): Promise<void> {
    const gates = { there: this.gate({ from, to }), back: this.gate({ from: to, to: from }) };
    for (const port of ports) {
      const at = { host: this.addressOf(to, from), port };
      this.#proxies.push(await Proxy.listen(at, { host: this.addressOf(to, to), port }, gates));
    }
  }

  addressOf(host: string, viewer: string): string {
    const [to, from] = [this.#number(host), this.#number(viewer)];
    return `${this.#subnet}.${host === viewer ? to : FIRST_PAIR + (from - 1) * HOSTS_MAX + to}`;
  }

  launcher(): readonly string[] {
    return [];
  }

  shmPath(): string {
    return '/dev/shm';
  }

  shmPrefix(host: string): string {
    return `dftest${process.pid}-${this.#word}h${this.#number(host)}`;
  }

  async cut(direction: Direction): Promise<void> {
    this.gate(direction).shut();
    return Promise.resolve();
  }

  async heal(direction: Direction): Promise<void> {
    this.gate(direction).open();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    for (const proxy of this.#proxies) proxy.close();
    return Promise.resolve();
  }

  gate(direction: Direction): Gate {
    const gate = this.#gates.get(nameOf(direction));
    if (gate === undefined) throw new Error(`there is no way ${nameOf(direction)}`);
    return gate;
  }

  #number(name: string): number {
    const number = this.#numbers.get(name);
    if (number === undefined) throw new Error(`there is no host '${name}'`);
    return number;
  }
}
