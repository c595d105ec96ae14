/** Sessions that are told every command, as a line in the format of Redis. */
import type { Session } from '../commands/context.js';
import type { Receiver } from '../commands/pubsub.js';
import type { Pushes } from '../resp/push.js';
import type { Attention } from './attention.js';
import type { Admitted } from './admitted.js';
import { requestLine } from './request-line.js';
import { redacted } from './secrets.js';

const MICROSECONDS = 1000;
const FRACTION_DIGITS = 6;
const DATABASE = 0;

export class Monitors {
  readonly #receivers = new Set<Receiver>();
  readonly #pushes: Pushes;
  readonly #attention: Attention;
  readonly #now: () => number;

  constructor(pushes: Pushes, attention: Attention, now: () => number) {
    this.#pushes = pushes;
    this.#attention = attention;
    this.#now = now;
  }

  has(receiver: Receiver): boolean {
    return this.#receivers.has(receiver);
  }

  set(receiver: Receiver, on: boolean): void {
    if (on) this.#receivers.add(receiver);
    else this.#receivers.delete(receiver);
    this.#attention.set('monitor', this.#receivers.size > 0);
  }

  /** As in Redis, commands of administration aren't told. */
  tell(session: Session, { command, args, intake }: Admitted): void {
    if (this.#receivers.size === 0 || command.flags.includes('admin')) return;
    const line = requestLine(redacted(command, args), intake?.target?.length);
    const push = this.#pushes.line(`${this.#time()} [${DATABASE} ${session.remoteAddress}] ${line}`);
    for (const receiver of this.#receivers) receiver.push(push);
  }

  /** Seconds with their microseconds. */
  #time(): string {
    const microseconds = Math.floor(this.#now() * MICROSECONDS)
      .toString()
      .padStart(FRACTION_DIGITS + 1, '0');
    return `${microseconds.slice(0, -FRACTION_DIGITS)}.${microseconds.slice(-FRACTION_DIGITS)}`;
  }
}
