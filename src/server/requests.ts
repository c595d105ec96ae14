/** The way of a connection's requests to their replies: each is admitted, held back, queued, run and waited for, one after the other. */
import type { Command } from '../commands/command.js';
import type { Context } from '../commands/context.js';
import { FabricError } from '../errors.js';
import { simple, type Reply } from '../resp/reply.js';
import type { Admitted } from './admitted.js';
import type { Intake } from './bulk-intake.js';
import type { ConnectionParts } from './connection-parts.js';
import type { ItemsSender } from './items-sender.js';
import type { Replies } from './replies.js';
import { replyError } from './reply-error.js';
import { isItems } from './reply-kinds.js';
import { isQueued } from './request-queue.js';
import type { ConnectionSession } from './session.js';

/** The connection they come on. */
export interface RequestsOwner {
  readonly session: ConnectionSession;
  readonly context: Context;
  readonly replies: Replies;
  readonly items: ItemsSender;
  /** True: nothing is executed any more. */
  closing(): boolean;
  /** True: nobody is there for the answer of a command that waits, or soon won't be. */
  leaving(): boolean;
  /** Takes the connection up again after a wait. */
  resume(step: () => void): void;
}

const QUEUED = simple('QUEUED');

export class Requests {
  readonly #parts: ConnectionParts;
  readonly #owner: RequestsOwner;
  /** Its promise is awaited. */
  #awaiting = false;
  /** What CLIENT PAUSE holds back. */
  #held: Admitted | undefined;

  constructor(parts: ConnectionParts, owner: RequestsOwner) {
    this.#parts = parts;
    this.#owner = owner;
  }

  /** One is on its way; those behind it must wait. */
  get busy(): boolean {
    return this.#awaiting || this.#held !== undefined;
  }

  /** `intake`: what its large bulks came to. */
  take(args: Buffer[], intake: Intake | undefined): void {
    const { dispatcher, gate, log } = this.#parts;
    const { session } = this.#owner;
    if (intake?.error !== undefined) {
      this.#refuse(intake.error);
      return;
    }
    const command = dispatcher.admit(session, args);
    if (command instanceof FabricError) {
      intake?.target?.abandon();
      this.#refuse(replyError(command, log));
      return;
    }
    const request: Admitted = { command, args, intake };
    const writes = command.name === 'exec' && session.transaction?.writes === true;
    if (gate.holds(command, writes)) this.#hold(request);
    else this.#execute(request);
  }

  /** A command that waits gives up. */
  unblock(): void {
    const { session } = this.#owner;
    if (session.blocked) session.abort();
  }

  /** The connection is gone. */
  abandon(): void {
    this.#held?.intake?.target?.abandon();
    this.#held = undefined;
  }

  /** A request that doesn't get as far as its handler: EXEC will run nothing. */
  #refuse(error: Reply): void {
    this.#owner.session.transaction?.fail();
    this.#owner.replies.answer(undefined, error);
  }

  #hold(request: Admitted): void {
    this.#held = request;
    this.#parts.gate.wait(() => {
      this.#held = undefined;
      if (!this.#owner.closing()) this.#owner.resume(() => this.#execute(request));
    });
  }

  #execute(request: Admitted): void {
    const { session, context } = this.#owner;
    if (session.transaction !== undefined && isQueued(request)) {
      this.#enqueue(request);
      return;
    }
    const reply = this.#parts.dispatcher.run(context, request);
    if (reply instanceof Promise) void this.#await(request.command, reply);
    else this.#reply(request.command, reply);
  }

  #enqueue(request: Admitted): void {
    let reply: Reply = QUEUED;
    try {
      this.#owner.session.transaction?.add(request);
    } catch (error) {
      reply = replyError(error, this.#parts.log);
    }
    this.#owner.replies.answer(request.command, reply);
  }

  async #await(command: Command, pending: Promise<Reply>): Promise<void> {
    const { session } = this.#owner;
    this.#awaiting = true;
    session.blocked = command.flags.includes('blocking');
    if (this.#owner.leaving()) this.unblock();
    const reply = await pending;
    this.#awaiting = false;
    session.blocked = false;
    session.lastActiveMs = this.#parts.now();
    if (!this.#owner.closing()) this.#owner.resume(() => this.#reply(command, reply));
  }

  #reply(command: Command, reply: Reply): void {
    if (isItems(reply)) this.#owner.items.begin(command, reply);
    else this.#owner.replies.answer(command, reply);
  }
}
