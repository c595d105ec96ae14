/** Empties a node: each of its copies goes to another one. */
import type { Carrier } from './carrier.js';
import type { Amount, Job, Task } from './job.js';
import type { Pages } from './pages.js';
import { walk } from './walk.js';

export class DrainTask implements Task {
  readonly kind = 'drain';
  readonly node: string;
  readonly #pages: Pages;
  readonly #carrier: Carrier;

  constructor(node: string, pages: Pages, carrier: Carrier) {
    this.node = node;
    this.#pages = pages;
    this.#carrier = carrier;
  }

  left(): Amount {
    const { variables, bytes, conflicts } = this.#pages.node(this.node);
    return { variables: variables + conflicts, bytes };
  }

  async pass(job: Job): Promise<boolean> {
    for await (const listed of walk(this.#pages)) {
      if (job.stopped) return false;
      const here = listed.filter(({ copies }) => copies.some(({ node }) => node === this.node));
      await job.each(here, async ({ name, copies: [copy] }) =>
        job.note(await this.#carrier.carry({ name, xid: copy!.xid, from: this.node }, job.spend)),
      );
    }
    return this.left().variables > 0;
  }

  why(): string {
    const { conflicts } = this.#pages.node(this.node);
    if (conflicts === 0) return '';
    return `${conflicts} of its variables have names that stand for others: FABRIC.CONFLICTS lists them, FABRIC.ADOPT and FABRIC.DISCARD settle them`;
  }
}
