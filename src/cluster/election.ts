/** Who is the coordinator: what every way of choosing one has in common. */

/** The coordinator as this node knows it. */
export interface Leader {
  node: string;
  /** Absent: only that node knows it. */
  term: number | undefined;
}

/** Callbacks come one at a time, none of them before `begin` has returned; they must not throw. */
export interface ElectionEvents {
  /**
   * This node is the coordinator, until `onDeposed`. Terms rise from election to election, and none is given twice. `deadline()` is the
   * moment on `performance.now()` up to which this node may grant something: whoever grants compares right before, as a process that
   * was stopped for a while goes on where it was, and is told only later. Once passed it stays passed.
   */
  onElected(term: number, deadline: () => number): void;
  /** The deadline has passed, or the node has resigned: it may stand for election again. */
  onDeposed(): void;
  /**
   * The coordinator is another than before, which may be this node; undefined: there is none. Who can't find out keeps the last one
   * it knew.
   */
  onLeader(leader: Leader | undefined): void;
}

export interface Election {
  /** Takes part from now on. Returns at once; what fails is tried again and logged. */
  begin(): void;
  /** A number that no node has had or will have, above that one. Rejects with NOCOORD where it can't be had now. */
  nextEpoch(above: number): Promise<number>;
  /** Resigns where this node is the coordinator, so that another takes over at once; `onDeposed` has been called when it resolves. */
  close(): Promise<void>;
}

export interface ElectionLog {
  info(text: string): void;
  warn(text: string): void;
}
