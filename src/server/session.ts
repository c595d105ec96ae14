import type { Session } from '../commands/context.js';
import type { User } from '../commands/user.js';

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

  /** Nothing in its state changes what an ordinary read answers, or who hears of it. */
  get plain(): boolean {
    return (
      this.authenticated && this.user.unrestricted && this.replyMode === 'on' && !this.blocked && !this.closeAfterReply
    );
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

  /** Blocked commands give up. */
  abort(): void {
    this.#abort.abort();
  }
}
