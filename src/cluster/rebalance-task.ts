/**
 * Shares the load out by weight, with few moves: only from nodes that have too much to nodes that have too little, and no more once all are
 * within the tolerance. What lies elsewhere than its name asks for goes first, and there.
 */
import { Balance } from './balance.js';
import type { Carriage, Carrier } from './carrier.js';
import type { Amount, Job, Task } from './job.js';
import type { NodeChoice } from './node-choice.js';
import type { Pages } from './pages.js';
import { Placement, type PlacementNode } from './placement.js';
import { walk, type Listed } from './walk.js';

export class RebalanceTask implements Task {
  readonly kind = 'rebalance';
  readonly node = '';
  readonly #pages: Pages;
  readonly #carrier: Carrier;
  readonly #choice: NodeChoice;

  constructor(pages: Pages, carrier: Carrier, choice: NodeChoice) {
    this.#pages = pages;
    this.#carrier = carrier;
    this.#choice = choice;
  }

  /** As many variables as make up the bytes if they were all alike. */
  left(): Amount {
    const { surplus, isEven } = this.#balance(this.#choice.usable());
    if (isEven) return { variables: 0, bytes: 0 };
    const nodes = this.#choice.usable().map(({ name }) => this.#pages.node(name));
    const variables = nodes.reduce((sum, node) => sum + node.variables, 0);
    const bytes = nodes.reduce((sum, node) => sum + node.bytes, 0);
    return { variables: Math.ceil((surplus * variables) / bytes), bytes: Math.round(surplus) };
  }

  async pass(job: Job): Promise<boolean> {
    let moved: number;
    do {
      moved = (await this.#through(job, true)) + (await this.#through(job, false));
    } while (moved > 0 && !job.stopped && !this.#isEven());
    return false;
  }

  why(): string {
    return this.#isEven() ? '' : 'no further move makes it more even: variables are large, pinned, or no node has room';
  }

  #isEven(): boolean {
    return this.#balance(this.#choice.usable()).isEven;
  }

  /** Returns how many were moved. */
  async #through(job: Job, asNamesAsk: boolean): Promise<number> {
    let moved = 0;
    for await (const listed of walk(this.#pages)) {
      const nodes = this.#choice.usable();
      // What was noted of moves may have come otherwise: each step begins with what is.
      const balance = this.#balance(nodes);
      if (job.stopped || balance.isEven) return moved;
      const placement = asNamesAsk ? new Placement(nodes) : undefined;
      const plans = listed.flatMap((variable) => this.#plan(variable, balance, nodes, placement) ?? []);
      await job.each(plans, async (plan) => {
        const carried = await this.#carrier.carry(plan, job.spend);
        job.note(carried);
        if (carried.outcome === 'carried') moved++;
      });
    }
    return moved;
  }

  #balance(nodes: readonly PlacementNode[]): Balance {
    return new Balance(nodes.map(({ name, weight }) => ({ node: name, weight, bytes: this.#pages.node(name).bytes })));
  }

  #plan(
    { name, copies }: Listed,
    balance: Balance,
    nodes: readonly PlacementNode[],
    placement: Placement | undefined,
  ): Carriage | undefined {
    if (balance.isEven) return undefined;
    const [{ xid, length }] = copies as [(typeof copies)[0]];
    const from = copies.map(({ node }) => node).sort((a, b) => balance.excess(b) - balance.excess(a))[0]!;
    if (balance.excess(from) <= 0) return undefined;
    const asked = placement?.choose(name, copies.length).map((node) => node.name);
    if (asked?.includes(from) === true) return undefined;
    const others = copies.filter(({ node }) => node !== from);
    const zones = new Set(others.map(({ node }) => this.#choice.zoneOf(node)));
    const to = nodes
      .filter((node) => !copies.some((copy) => copy.node === node.name) && !zones.has(node.zone))
      .map((node) => node.name)
      .filter((node) => asked?.includes(node) !== false && balance.helps(from, node, length))
      .sort((a, b) => balance.excess(a) - balance.excess(b))[0];
    if (to === undefined) return undefined;
    balance.move(from, to, length);
    return { name, xid, from, to };
  }
}
