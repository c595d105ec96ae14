/** Leave to change what others see too: where a node is one of several, names are everybody's. */

/** A variable whose bytes are all there, about to be sealed under its name. */
export interface Candidate {
  name: Buffer;
  xid: number;
  sharedId: string;
  /** Bytes from the start of the segment. */
  offset: number;
  length: number;
  generation: number;
  crc32c: number;
  /** Takes the place of what the name stands for. */
  replace: boolean;
}

export interface Gate {
  /**
   * Asks for the name. Once this has resolved the variable is to be sealed or given up at once, and `sealed` or `abandoned` told.
   * EXISTS; NOCOORD and REMOTE when nobody can say now.
   */
  commit(candidate: Candidate): Promise<void>;
  /** Resolves when everybody finds it. */
  sealed(candidate: Candidate): Promise<void>;
  abandoned(candidate: Candidate): void;
  /** Removes variables wherever they are; how many there were. */
  remove(names: readonly Buffer[]): Promise<number>;
}
