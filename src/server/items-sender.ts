/** Sends an array whose items are made one after the other: EXEC's reply. */
import type { Command } from '../commands/command.js';
import type { ItemsReply, Reply } from '../resp/reply.js';
import { isError } from './reply-kinds.js';
import type { Replies } from './replies.js';

/** The connection it sends for. */
export interface ItemsOwner {
  /** True: nobody hears the items any more. */
  closing(): boolean;
  /** Takes the connection up again after a wait. */
  resume(step: () => void): void;
  /** Bytes the client may owe before the next item waits for it. */
  pendingBytesMax(): number;
  /** Closes the connection at once. */
  destroy(): void;
  /** The array is complete. */
  ended(): void;
}

/** Pieces of a bulk string that wait for the client. */
const PIECES_BYTES_MAX = 4 << 20;

export class ItemsSender {
  readonly #replies: Replies;
  readonly #owner: ItemsOwner;
  #items: ItemsReply | undefined;
  #left = 0;
  /** An item lets wait for itself. */
  #awaiting = false;

  constructor(replies: Replies, owner: ItemsOwner) {
    this.#replies = replies;
    this.#owner = owner;
  }

  /** An array is on its way. */
  get busy(): boolean {
    return this.#items !== undefined;
  }

  /** It waits for the client to take what it owes. */
  get held(): boolean {
    return this.busy && !this.#awaiting;
  }

  begin(command: Command, reply: ItemsReply): void {
    this.#items = reply;
    this.#left = reply.items;
    this.#replies.openArray(command, reply);
    this.proceed();
  }

  /** Goes on until an item lets wait for itself, or the client owes much. What was begun is brought to its end in any case. */
  proceed(): void {
    const items = this.#items!;
    for (; this.#left > 0; this.#left--) {
      if (this.#owner.closing() && items.bulkBytes !== undefined) break;
      if (this.#owing()) return;
      const item = items.next();
      if (item instanceof Promise) {
        this.#left--;
        void this.#await(item);
        return;
      }
      if (!this.#owner.closing()) this.#replies.item(item);
    }
    this.#left = 0;
    this.#items = undefined;
    if (!this.#owner.closing()) this.#replies.closeArray();
    items.done();
    this.#owner.ended();
  }

  #owing(): boolean {
    if (this.#owner.closing() || !this.#replies.congested) return false;
    const max = this.#items!.bulkBytes === undefined ? this.#owner.pendingBytesMax() : PIECES_BYTES_MAX;
    return this.#replies.pendingBytes > max;
  }

  async #await(pending: Promise<Reply>): Promise<void> {
    this.#awaiting = true;
    const item = await pending;
    this.#awaiting = false;
    this.#owner.resume(() => {
      // Half a bulk string can't be taken back.
      if (this.#items!.bulkBytes !== undefined && isError(item)) this.#owner.destroy();
      if (!this.#owner.closing()) this.#replies.item(item);
      this.proceed();
    });
  }
}
