/** What nodes say to one another about moving variables between nodes. */

export type UpkeepKind = 'replicate' | 'thin' | 'drain' | 'rebalance';

/**
 * running: at it. waiting: something is left that can't be moved now; it is tried again. done, stopped: over. failed: over, for the
 * reason in `why`.
 */
export type UpkeepState = 'running' | 'waiting' | 'done' | 'stopped' | 'failed';

/** A job of the coordinator, and how far it is. */
export interface UpkeepStatus {
  kind: UpkeepKind;
  /** Whose copies are moved or replaced; empty: all nodes'. */
  node: string;
  state: UpkeepState;
  movedVariables: number;
  movedBytes: number;
  leftVariables: number;
  leftBytes: number;
  /** Of those left: in use where they are. */
  pinnedVariables: number;
  /** The limit. */
  bytesPerSecond: number;
  /** What it waits for, or why it failed. */
  why: string;
}

/** A node that is to be emptied, as it keeps it over restarts and says with each heartbeat. */
export interface Draining {
  bytesPerSecond: number;
}

/** What every node may ask the coordinator for. */
export interface UpkeepPort {
  /** Empties a node; null: takes it into use again. */
  drain(node: string, draining: Draining | null): Promise<void>;
  /** Shares the load out by weight; null: ends that. */
  rebalance(bytesPerSecond: number | null): Promise<void>;
  upkeep(): Promise<readonly UpkeepStatus[]>;
  /** Removes a conflict, or gives it its name when nothing else has that. */
  settle(xid: number, how: 'discard' | 'publish'): Promise<void>;
  /** Brings a copy of a node to another one; false when it stays: it is pinned, or nobody has room. True also when it is no more. */
  carryOff(node: string, term: number, name: Buffer, xid: number): Promise<boolean>;
}
