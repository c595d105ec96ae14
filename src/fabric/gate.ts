/** Leave to change what others see too: where a node is one of several, names are everybody's. */
import type { Placement } from './placements.js';

/** Where a variable is to lie. Absent: on the node that was asked. */
export interface Placing {
  /** There, whatever weights say; absent: the node that was asked, or with `spread` wherever its name belongs. */
  node: string | undefined;
  spread: boolean;
  /** On so many nodes, in different zones as long as there are any. */
  replicas: number;
}

/** A payload whose bytes are all in a reservation of this node, about to become everybody's under its name. */
export interface Stored {
  name: Buffer;
  documentation: string;
  type: string;
  xid: number;
  sharedId: string;
  /** Bytes from the start of the segment. */
  offset: number;
  length: number;
  generation: number;
  crc32c: number;
  /** Takes the place of what the name stands for. */
  replace: boolean;
  placing: Placing | undefined;
  /** Seals the reservation here; the name is its own. */
  seal(): void;
}

export interface Gate {
  /**
   * Asks for the name, brings copies to where they are to lie and seals them all; resolves when everybody finds them, to where they are.
   * A reservation that isn't sealed then is to be given up. EXISTS; NOCOORD and REMOTE when nobody can say now.
   */
  publish(stored: Stored): Promise<Placement[]>;
  /** Removes variables wherever they are; how many there were. */
  remove(names: readonly Buffer[]): Promise<number>;
  /** Sealed variables of this node lie elsewhere in it from now on. Resolves when nobody is sent to the former places any more. */
  moved(moves: readonly Move[]): Promise<void>;
  /** Brings a sealed variable of this node to another one; false when it stays here: it is pinned, or nobody has room. */
  carryOff(name: Buffer, xid: number): Promise<boolean>;
  /** Milliseconds that others may go by what they were told before. */
  readonly staleMs: number;
}

/** A variable of this node and its new place. */
export interface Move {
  name: Buffer;
  xid: number;
  sharedId: string;
  offset: number;
  generation: number;
}
