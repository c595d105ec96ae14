/** The coordinator's yellow pages, as the addon has them. What holds for all calls stands in native.ts. */
import type { Scan } from './native-store.js';

/** A copy of a variable in the yellow pages. */
export interface YellowPlacement {
  node: string;
  sharedId: string;
  /** Bytes from the start of the segment. */
  offset: number;
  generation: number;
}

/**
 * CLAIMED: promised to a writer. SEALED: published. REMOVED: deleted, its placements are the holders that have not acknowledged.
 * CONFLICT: its name is another variable's; kept, not published.
 */
export type YellowState = 'CLAIMED' | 'SEALED' | 'REMOVED' | 'CONFLICT';

/** What was stored: of all copies the same. */
export interface YellowContent {
  length: number;
  crc32c: number;
  /** 1 to 8, each on another node. */
  placements: readonly YellowPlacement[];
  /** Copies that are wanted; absent: 1. */
  replicas?: number;
}

export interface YellowVariable extends YellowContent {
  name: Buffer;
  state: YellowState;
  xid: number;
  replicas: number;
  /** While CLAIMED: for whom, and until when. There are no placements then, and length and crc32c are 0. */
  claim?: { node: string; deadlineMs: number };
}

/** One of several variables of the same name. */
export interface YellowVersion {
  name: Buffer;
  xid: number;
}

export interface TakenInventory {
  records: number;
  /** The cursor of the node's next batch; 0: this was the last. To be checked for progress: the node may be wrong. */
  next: number;
  /** Their names are other variables': kept as CONFLICT, not published. */
  conflicts: YellowVersion[];
  /** Not kept: length or crc32c differ from the other copies of that xid, or there are eight. */
  refused: YellowVersion[];
  /** Deleted meanwhile: the node is to remove them, then `acknowledge`. */
  removed: YellowVersion[];
}

export interface YellowStats {
  /** Published. */
  variables: number;
  claims: number;
  tombstones: number;
  conflicts: number;
  /** All memory that records and tables ever took; it is used again, not given back. */
  privateBytes: number;
}

/** What the yellow pages know of a node; `bytes` is of the payloads of `variables`. */
export interface YellowNode {
  node: string;
  variables: number;
  bytes: number;
  claims: number;
  tombstones: number;
  conflicts: number;
}

/**
 * The coordinator's index of all variables of the cluster, in private memory; see native/yp/yellow_pages.h. A name is published once
 * at most. Names have 1 to 512 bytes; times are milliseconds of the caller's clock. Steps take a cursor, 0 at first, and return
 * the next, 0 at the end; a `budget` of 2,000 variables or so keeps one below a millisecond (100,000 at most).
 */
export interface NativeYellowPages {
  /** The sealed variable of that name. */
  locate(name: Buffer): YellowVariable | undefined;
  /** What is published under that name, claims too; with an xid that one, whatever its state. */
  find(name: Buffer, xid?: number): YellowVariable | undefined;

  /**
   * Promises the name to a node's writer until the deadline; called again for the same xid, until the new one. EXISTS (with xid, length
   * and crc32c) when the name is taken; STALE when a tombstone or conflict of the name has the xid.
   */
  claim(name: Buffer, xid: number, node: string, deadlineMs: number, nowMs: number): void;
  /** False when the claim has lapsed or was given up. */
  renew(name: Buffer, xid: number, deadlineMs: number, nowMs: number): boolean;
  /** Gives a claim up; false when there is none of that xid. */
  withdraw(name: Buffer, xid: number): boolean;
  /** Publishes what was claimed; once more, it adds the placements. False when the claim has lapsed or was given up. */
  commit(name: Buffer, xid: number, content: YellowContent, nowMs: number): boolean;
  /**
   * Publishes without a claim; a sealed variable of the name becomes a tombstone. With `former` only if that has this xid. False
   * when it hasn't, or when `xid` is deleted already. EXISTS while the name is claimed.
   */
  replace(name: Buffer, xid: number, content: YellowContent, nowMs: number, former?: number): boolean;

  /** A further copy, or a newer account of a known one. False when there is no such variable; ERR beyond eight. */
  addPlacement(name: Buffer, xid: number, placement: YellowPlacement): boolean;
  /** The node has moved its copy. False when it has none, or a later generation is known. */
  movePlacement(name: Buffer, xid: number, placement: YellowPlacement): boolean;
  /** The copies left, of which none means that the variable is gone; undefined when the node had none. */
  removePlacement(name: Buffer, xid: number, node: string): number | undefined;

  /** The sealed variable becomes a tombstone that waits for its holders; with an xid only that one, which may be a conflict. */
  remove(name: Buffer, xid?: number): boolean;
  /** The node has removed its copy: how many others have not, with none of which the tombstone is gone; undefined when it wasn't waited for. */
  acknowledge(name: Buffer, xid: number, node: string): number | undefined;
  /** A conflict takes its name, which must be free (EXISTS). False when there is no such conflict. */
  publish(name: Buffer, xid: number): boolean;

  /** From here on the node tells anew what it has; `drop(…, true)` then ends what it told no more. */
  beginInventory(node: string): void;
  /**
   * Takes a batch of that node's in. All of it is checked first: ERR for what is damaged or another node's, LAYOUT for another version,
   * and nothing has changed. Work for about a millisecond at most.
   */
  takeInventory(node: string, batch: Uint8Array): TakenInventory;
  /** A step that takes away all that the node has; with `unconfirmedOnly`, what its latest inventory didn't tell (claims stay). */
  drop(node: string, unconfirmedOnly: boolean, cursor: number, budget: number): number;
  /** A step that takes away claims which have lapsed. */
  lapse(cursor: number, budget: number, nowMs: number): number;

  /** Sealed variables in hash order: whatever is there throughout is seen. */
  scan(cursor: number, count: number): Scan;
  /** Tombstones and conflicts, likewise. */
  scanUnpublished(cursor: number, count: number): { cursor: number; variables: YellowVariable[] };
  stats(): YellowStats;
  nodes(): YellowNode[];
}
