/** What a node has acknowledged, and what may have become of the commands it died under. */

/** A variable's bytes, by their seed. */
export interface Value {
  seed: number;
  length: number;
  /** Known once some reply has told. */
  xid: number | undefined;
}

/** A command whose reply never came: each name has its former value or the one given here; with `together`, all alike. */
export interface InFlight {
  outcomes: ReadonlyMap<string, Value | undefined>;
  together: boolean;
}

export type HolderKind = 'connection' | 'lease' | 'slot';

export interface HeldPin {
  /** `node:` and 16 hex digits. */
  token: string;
  /** Prefix of the names of whom it was given to. */
  holder: string;
  value: Value & { xid: number };
  kind: HolderKind;
  /** Date.now() until which it must hold; what comes later is the node's affair. */
  holdsUntilMs: number;
}

export interface OpenReservation {
  name: string;
  xid: number;
  length: number;
  seed: number;
  shm: string;
  offset: number;
  kind: HolderKind;
  replace: boolean;
  holdsUntilMs: number;
}

export class Model {
  readonly values = new Map<string, Value>();
  readonly inFlight = new Set<InFlight>();
  readonly pins = new Map<string, HeldPin>();
  /** Tokens whose release was acknowledged. */
  readonly released = new Set<string>();
  readonly reservations = new Map<number, OpenReservation>();
  /** xids of reservations that were aborted. */
  readonly aborted = new Set<number>();
  readonly segments = new Set<string>();
  /** An ALLOC is under way (`new`), or a DEALLOC: that segment may be there or not. */
  segmentInFlight: { new: true } | { sharedId: string } | undefined;
  readonly #xids = new Map<number, string>();
  readonly #segmentsEver = new Set<string>();
  #seeds = 0;

  nextSeed(): number {
    return ++this.#seeds;
  }

  /** Runs a command whose effect on values is known if it succeeds; its promise's loss leaves it in flight. */
  async change<T>(
    outcomes: ReadonlyMap<string, Value | undefined>,
    send: () => Promise<T>,
    isRefusal: (error: unknown) => boolean,
    together = true,
  ): Promise<T> {
    const pending = { outcomes, together };
    this.inFlight.add(pending);
    try {
      const reply = await send();
      this.inFlight.delete(pending);
      for (const [name, value] of outcomes) this.settle(name, value);
      return reply;
    } catch (error) {
      if (isRefusal(error)) this.inFlight.delete(pending);
      throw error;
    }
  }

  settle(name: string, value: Value | undefined): void {
    if (value === undefined) this.values.delete(name);
    else this.values.set(name, value);
  }

  /** An xid is a variable's for ever: a second one of the same number is a failure. */
  learnXid(xid: number, name: string): void {
    const known = this.#xids.get(xid);
    if (known !== undefined && known !== name) throw new Error(`xid ${xid} of ${name} was given to ${known} before`);
    this.#xids.set(xid, name);
  }

  /** As for a new variable: no other may have had the number. */
  learnFreshXid(xid: number, name: string): void {
    if (this.#xids.has(xid)) throw new Error(`xid ${xid} of ${name} was given to ${this.#xids.get(xid)} before`);
    this.#xids.set(xid, name);
  }

  addSegment(sharedId: string): void {
    if (this.#segmentsEver.has(sharedId)) throw new Error(`${sharedId} is the name of an earlier segment`);
    this.#segmentsEver.add(sharedId);
    this.segments.add(sharedId);
  }
}
