/** One client under load: what it has in hand, and how it sends. Its names are its own, so that each has one writer. */
import type { Slot } from '../../dist/native.js';
import { Refused, type Argument, type Link } from '../campaign/link.js';
import type { Random } from '../campaign/random.js';
import type { HeldPin, HolderKind, Model, Value } from './model.js';
import { PIN_LINGER_MS, RESERVE_LINGER_MS, type NodeUnderTest } from './node-under-test.js';

/** Memory runs out under load, and what another command of ours is still using is in use: neither changes anything. */
const EXPECTED_REFUSALS = ['OOM', 'INUSE'];

export class Actor {
  link: Link;
  slot: Slot;

  constructor(
    readonly node: NodeUnderTest,
    readonly model: Model,
    readonly random: Random,
    readonly prefix: string,
  ) {
    this.link = node.link();
    this.slot = node.takeSlot();
  }

  call(command: string, ...args: Argument[]): Promise<unknown> {
    return this.link.call(command, ...args);
  }

  /** Sends a command that changes values, if it succeeds. Undefined: refused. */
  async change(
    outcomes: ReadonlyMap<string, Value | undefined>,
    command: string,
    ...args: Argument[]
  ): Promise<unknown> {
    return unlessRefused(
      this.model.change(
        outcomes,
        () => this.call(command, ...args),
        (error) => error instanceof Refused,
      ),
    );
  }

  owns(name: string): boolean {
    return name.startsWith(this.prefix);
  }

  /** Names of variables it has stored. */
  names(): string[] {
    return [...this.model.values.keys()].filter((name) => this.owns(name));
  }

  /** One of a few, so that it is often there already. */
  someName(): string {
    return `${this.prefix}n${this.random.between(0, 11)}`;
  }

  freshName(): string {
    return `${this.prefix}r${this.model.nextSeed()}`;
  }

  drawValue(length: number): Value {
    return { seed: this.model.nextSeed(), length, xid: undefined };
  }

  drawOwner(): { kind: HolderKind; args: Argument[]; ms: number } {
    const kind = this.random.pick<HolderKind>(['connection', 'lease', 'slot']);
    if (kind === 'connection') return { kind, args: [], ms: Infinity };
    if (kind === 'slot') return { kind, args: ['SLOT', this.slot.index], ms: Infinity };
    const ms = this.random.between(500, 2500);
    return { kind, args: ['LEASE', ms], ms };
  }

  /** A new connection in place of the old: what hung on that begins to linger. */
  reconnect(): void {
    this.lostConnection(Date.now());
    this.reopen();
  }

  reopen(): void {
    this.link.close();
    this.link = this.node.link();
  }

  /** The process that held the slot is gone, as far as the node can tell. */
  loseSlot(): void {
    for (const pin of this.pins()) if (pin.kind === 'slot') this.model.pins.delete(pin.token);
    for (const [xid, { kind, name }] of this.model.reservations) {
      if (kind === 'slot' && this.owns(name)) this.model.reservations.delete(xid);
    }
    this.slot.close();
    this.slot = this.node.takeSlot();
  }

  /** Lingers count from then, or began before. */
  lostConnection(sinceMs: number): void {
    for (const pin of this.pins()) {
      if (pin.kind === 'connection') pin.holdsUntilMs = Math.min(pin.holdsUntilMs, sinceMs + PIN_LINGER_MS);
    }
    for (const reservation of this.model.reservations.values()) {
      if (reservation.kind !== 'slot' && this.owns(reservation.name)) {
        reservation.holdsUntilMs = Math.min(reservation.holdsUntilMs, sinceMs + RESERVE_LINGER_MS);
      }
    }
  }

  pins(): HeldPin[] {
    return [...this.model.pins.values()].filter(({ holder }) => holder === this.prefix);
  }

  close(): void {
    this.link.close();
    this.slot.close();
  }
}

/** Undefined when it was refused for a reason that load brings with it. */
export async function unlessRefused<T>(sent: Promise<T>, ...more: string[]): Promise<T | undefined> {
  try {
    return await sent;
  } catch (error) {
    if (error instanceof Refused && [...EXPECTED_REFUSALS, ...more].includes(error.code)) return undefined;
    throw error;
  }
}
