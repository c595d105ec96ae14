/** One node as a client uses it: the connection, and what is held at the node by it. */
import type { Redis } from 'ioredis';
import { Holdings } from './holdings.js';
import { Link } from './link.js';
import { SlotKeeper } from './slots.js';
import { Taker } from './taker.js';

export interface SessionOptions {
  /** The connection is made again when it is lost; else another node takes this one's place. */
  lasting: boolean;
  /** `host:port`, where that is known. */
  address?: string | undefined;
  /** The node's name, where that is known. */
  node?: string | undefined;
}

export class NodeSession {
  readonly address: string | undefined;
  readonly link: Link;
  readonly taker: Taker;
  readonly pins: Holdings<string>;
  readonly reservations: Holdings<number>;
  readonly #slots: SlotKeeper;

  constructor(redis: Redis, { lasting, address, node }: SessionOptions) {
    this.address = address;
    this.link = new Link(redis, lasting);
    this.#slots = new SlotKeeper(this.link, node);
    this.taker = new Taker(this.link, this.#slots);
    this.pins = new Holdings<string>(this.link, 'FABRIC.RELEASE');
    this.reservations = new Holdings<number>(this.link, 'FABRIC.ABORT');
  }

  /** Commands may be sent. */
  get usable(): boolean {
    return this.link.usable;
  }

  /** Nothing is attached or reserved through it. */
  get idle(): boolean {
    return this.pins.size === 0 && this.reservations.size === 0;
  }

  /** Gives back what is attached and reserved, whose views become empty. */
  async close(): Promise<void> {
    if (this.link.closed) return;
    await Promise.all([this.pins.close(), this.reservations.close()]);
    await this.link.close();
    this.#slots.release();
  }
}
