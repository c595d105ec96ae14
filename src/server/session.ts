import type { Session } from '../commands/context.js';
import type { User } from '../commands/user.js';
import type { Push } from '../resp/push.js';
import type { RequestQueue } from './request-queue.js';

/** What a session tells of its connection. */
export interface SessionOrigin {
  readonly id: number;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly createdMs: number;
  readonly authenticated: boolean;
  readonly user: User;
  outputBytes(): number;
  inputBytes(): number;
  push(push: Push): void;
  /** Of this session. */
  subscribed(session: Session): boolean;
  monitoring(session: Session): boolean;
}

export class ConnectionSession implements Session {
  readonly id: number;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly createdMs: number;
  protocol: 2 | 3 = 2;
  authenticated: boolean;
  user: User;
  name = '';
  libName = '';
  libVersion = '';
  lastCommand = '';
  lastActiveMs: number;
  noEvict = false;
  noTouch = false;
  replyMode: 'on' | 'off' | 'skip' = 'on';
  closeAfterReply = false;
  blocked = false;
  transaction: RequestQueue | undefined;
  executing = false;
  readonly watched = new Map<string, number | undefined>();

  readonly #origin: SessionOrigin;
  readonly #abort = new AbortController();

  constructor(origin: SessionOrigin) {
    this.id = origin.id;
    this.remoteAddress = origin.remoteAddress;
    this.localAddress = origin.localAddress;
    this.createdMs = origin.createdMs;
    this.lastActiveMs = origin.createdMs;
    this.authenticated = origin.authenticated;
    this.user = origin.user;
    this.#origin = origin;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get outputBytes(): number {
    return this.#origin.outputBytes();
  }

  get inputBytes(): number {
    return this.#origin.inputBytes();
  }

  get subscribed(): boolean {
    return this.#origin.subscribed(this);
  }

  get monitoring(): boolean {
    return this.#origin.monitoring(this);
  }

  /** True when nothing in this session's state changes what an ordinary read answers, or whether it is answered. */
  get plain(): boolean {
    return (
      this.authenticated &&
      this.user.unrestricted &&
      this.transaction === undefined &&
      !this.executing &&
      !this.blocked &&
      !this.closeAfterReply &&
      this.replyMode === 'on' &&
      !this.subscribed &&
      !this.monitoring
    );
  }

  push(push: Push): void {
    this.#origin.push(push);
  }

  /** Blocked commands give up. */
  abort(): void {
    this.#abort.abort();
  }
}
