/** What an administrator does under load: segments come and go, holes are joined, everything is flushed now and then. */
import { ConnectionLost, Refused, type Link } from '../campaign/link.js';
import type { Random } from '../campaign/random.js';
import { unlessRefused } from './actor.js';
import type { Model } from './model.js';
import type { NodeUnderTest } from './node-under-test.js';

const SEGMENTS_MAX = 5;

export class Housekeeper {
  readonly #node: NodeUnderTest;
  readonly #model: Model;
  #link: Link;
  /** A DEFRAG waits for quarantines: it has a connection, on which it is given up. */
  #defragLink: Link;
  #defrag: Promise<unknown> = Promise.resolve();

  constructor(node: NodeUnderTest, model: Model) {
    this.#node = node;
    this.#model = model;
    this.#link = node.link();
    this.#defragLink = node.link();
  }

  async segments(random: Random): Promise<void> {
    const { segments } = this.#model;
    if (segments.size < 3 || (segments.size < SEGMENTS_MAX && random.chance(0.5))) await this.#alloc();
    else await this.#dealloc(random.pick([...segments]), random.chance(0.7) ? ['MOVE'] : []);
  }

  /** Begins to join holes; ends with the connection. */
  defrag(): void {
    this.#defragLink.close();
    this.#defragLink = this.#node.link();
    this.#defrag = this.#defragLink.call('FABRIC.DEFRAG').catch((error: unknown) => {
      if (!(error instanceof ConnectionLost || error instanceof Refused)) throw error;
    });
  }

  /** Nothing is moved any more: runs follow one another, so that the last one to begin is the last to end. */
  async rest(): Promise<void> {
    await this.#defrag;
  }

  /** To be called while nothing else is under way. */
  async flush(): Promise<void> {
    const outcomes = new Map([...this.#model.values.keys()].map((name) => [name, undefined]));
    await this.#model.change(
      outcomes,
      () => this.#link.call('FLUSHALL'),
      () => false,
      false,
    );
  }

  reopen(): void {
    this.close();
    this.#link = this.#node.link();
    this.#defragLink = this.#node.link();
  }

  close(): void {
    this.#link.close();
    this.#defragLink.close();
  }

  async #alloc(): Promise<void> {
    this.#model.segmentInFlight = { new: true };
    const reply = await unlessRefused(this.#link.call('FABRIC.ALLOC', 2));
    this.#model.segmentInFlight = undefined;
    if (reply === undefined) return;
    const [[, sharedId]] = reply as [[Buffer, Buffer]];
    this.#model.addSegment(String(sharedId));
  }

  async #dealloc(sharedId: string, options: string[]): Promise<void> {
    this.#model.segmentInFlight = { sharedId };
    const args = [this.#node.server.node, sharedId, ...options];
    const reply = await unlessRefused(this.#link.call('FABRIC.DEALLOC', ...args));
    this.#model.segmentInFlight = undefined;
    if (reply !== undefined) this.#model.segments.delete(sharedId);
  }
}
