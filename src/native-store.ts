/** A node's shared memory, as the addon has it: segments, the catalog, pins. What holds for all calls stands in native.ts. */

export type Entry = number;

export interface StoreOptions {
  /** Node name: 1–32 characters of `[a-z0-9-]`. */
  node: string;
  /** Objects are named `/<prefix>.<node>.catalog`, `.slots`, `.s0001` … */
  prefix: string;
  /** Directory for what must outlive a reboot: the epoch. Must exist. */
  stateDir: string;
  /** Capacity of the descriptor array; the catalog is sparse, so a large one costs nothing until used. */
  variablesMax: number;
  pinsMax: number;
  /** Bytes for names, types and documentation. */
  stringBytesMax: number;
  segmentsMax: number;
  slotsMax: number;
  /** Permission bits of the objects, e.g. 0o600. */
  mode: number;
  /** Group of the objects, or -1 to leave it. */
  groupId: number;
  quarantineMs: number;
  pinLingerMs: number;
  reserveLingerMs: number;
  /** Nothing is moved for this long after a warm restart. */
  restartGraceMs: number;
}

export interface SegmentStats {
  sharedId: string;
  bytes: number;
  usedBytes: number;
  freeBytes: number;
  largestFreeBytes: number;
  limboBytes: number;
  quarantinedBytes: number;
  pinnedBytes: number;
  variables: number;
}

export interface StoreStats {
  /** Sealed variables that are not hidden. */
  variables: number;
  entries: number;
  reservations: number;
  reservedBytes: number;
  limbo: number;
  limboBytes: number;
  removed: number;
  quarantinedBytes: number;
  pins: number;
  epoch: number;
  catalogBytes: number;
  catalogBytesMax: number;
  stringBytes: number;
  stringBytesMax: number;
  /** Heap memory of the store outside shared memory: index, allocators. */
  privateBytes: number;
}

/** How the last open went. */
export interface OpenReport {
  /** True when existing objects were re-attached. */
  warm: boolean;
  variables: number;
  limbo: number;
  removed: number;
  redoReplayed: boolean;
  /** Own objects without a catalog record (a crash during ALLOC), unlinked at open. */
  strayObjects: string[];
  /** Segments whose objects were gone or replaced, and how many sealed variables went with them. */
  lostSegments: string[];
  lostVariables: number;
}

export type State = 'RESERVED' | 'STORED' | 'SEALED' | 'PAGED' | 'REMOVED';

export interface Description {
  entry: Entry;
  name: Buffer;
  type: string;
  documentation: string;
  state: State;
  xid: number;
  generation: number;
  length: number;
  crc32c: number;
  /** Copies that are wanted, each on another node. */
  replicas: number;
  createdMs: number;
  /** Reader pins. */
  pins: number;
  hidden: boolean;
  /** A reservation that is to take the place of what the name stands for. */
  replace: boolean;
  /** A payload on its way in: its reservation is the server's own. */
  own: boolean;
  sharedId: string;
  /** Bytes from the start of the segment. */
  offset: number;
}

/** A location without its strings: what LOCATE needs. */
export interface Location {
  entry: Entry;
  sharedId: string;
  offset: number;
  length: number;
  xid: number;
  generation: number;
}

/** By which a client can tell that the object it opened is the one meant. */
export interface HostIdentity {
  /** `/proc/sys/kernel/random/boot_id`. */
  bootId: string;
  /** Inode and size in bytes of the segment's object. */
  inode: number;
  size: number;
}

/** Who keeps a pin or a reservation alive. */
export type Owner =
  { kind: 'connection'; connection: number } | { kind: 'lease'; ms: number } | { kind: 'slot'; slot: number };

export interface ReserveOptions {
  name: Buffer;
  documentation: string;
  type: string;
  length: number;
  /** Replaces a sealed variable of the name at seal; claims nothing before. */
  replace?: boolean;
  hidden?: boolean;
  /** Absent: the reservation is the server's own (a payload on its way in), freed at once after a crash. */
  owner?: Owner;
  /** It is a copy of another node's variable, whose id it takes; absent: the node's next one. EXISTS when the node has one of that id. */
  xid?: number;
  /** Copies that are wanted, each on another node, 8 at most; absent: 1. */
  replicas?: number;
}

/** Another node, and what it is to be sent so that its last reply is a payload. */
export interface PayloadSource {
  /** An address or a name; TCP. */
  host: string;
  port: number;
  /** Commands of RESP, sent as they are. The last is answered with the payload, one bulk string. */
  preamble: Uint8Array;
  /** Short replies (a line, or a bulk string of at most 8 KiB) that come before the payload. */
  replies: number;
  /** How long the peer may send nothing, or not answer a connection. */
  silenceMs: number;
}

export interface Scan {
  /** 0 when the iteration is complete. */
  cursor: number;
  names: Buffer[];
}

export interface Swept {
  /** Pins whose lease, linger or slot ended. */
  pins: number;
  /** Reservations given up for the same reasons. */
  reservations: number;
  /** Extents whose quarantine ended. */
  extents: number;
  /** True when work is left: sweep again soon. */
  more: boolean;
}

/**
 * One step of moving variables. Not `moved` when only planning was done, or the variable was pinned or removed while it was copied and stays
 * where it was.
 */
export type Step = { readonly moved: false; readonly length: 0 } | Moved;

/** A variable and its new place, which isn't exposed by this: `locate` it before others are told. */
export interface Moved {
  readonly moved: true;
  /** Bytes moved. */
  readonly length: number;
  readonly name: Buffer;
  readonly hidden: boolean;
  readonly xid: number;
  readonly sharedId: string;
  readonly offset: number;
  readonly generation: number;
}

/** Some of a node's variables, for the yellow pages; see native/yp/inventory_format.h. */
export interface InventoryBatch {
  batch: Buffer;
  records: number;
  /** The cursor of the next batch; 0: this was the last. */
  next: number;
}

export interface NativeStore {
  readonly report: OpenReport;
  close(): void;

  /** Ids are of a higher epoch from now on, higher than `seen` too; returns it once it is on disk. */
  raiseEpoch(seen: number): number;

  stats(): StoreStats;
  segments(): SegmentStats[];
  host(sharedId: string): HostIdentity;
  /** Creates, reserves and prefaults a segment in steps off the main thread. OOM when it doesn't fit; names what is free. */
  allocSegment(bytes: number): Promise<string>;
  /** INUSE while it holds variables, reservations or quarantined extents; NOTFOUND for an unknown id. */
  deallocSegment(sharedId: string): void;
  /** Free bytes in the largest hole of any segment. */
  largestFree(): number;

  /** The sealed variable of that name. */
  find(name: Buffer): Entry | undefined;
  findXid(xid: number): Entry | undefined;
  /** The reservation that has claimed the name, if any. */
  findClaim(name: Buffer): Entry | undefined;
  /** The sealed variable whose payload starts there. NOTFOUND for an unknown segment. */
  findAt(sharedId: string, offset: number): Entry | undefined;
  /** Marks the extent exposed: its address has left the server. */
  locate(entry: Entry): Location;
  describe(entry: Entry): Description;
  /** Bytes of the payload. */
  lengthOf(entry: Entry): number;
  /** Iterates in hash order: whatever was there throughout is seen, across SET and growth. Hidden ones are left out. */
  scan(cursor: number, count: number): Scan;
  /** A random sealed, not hidden variable's name. */
  randomName(): Buffer | undefined;
  /**
   * The sealed, not hidden variables from a cursor on (0 at first), in a batch of at most `bytes` bytes (1,024 to 32,768). What is
   * there from the first batch to the last is told once; what is told is exposed. A batch may be empty and not the last.
   */
  inventory(cursor: number, bytes: number): InventoryBatch;

  /** Stores and seals a payload in one step; for small ones. EXISTS unless `replace`. */
  insert(
    name: Buffer,
    documentation: string,
    type: string,
    payload: Uint8Array,
    options?: { replace?: boolean; hidden?: boolean },
  ): Entry;
  /** Claims the name (unless `replace`) and an extent. EXISTS, OOM. */
  reserve(options: ReserveOptions): Entry;
  /** Copies into a reservation of the server's own. */
  write(entry: Entry, offset: number, bytes: Uint8Array): void;
  /** crc32c of a reservation's payload, on a worker thread. The entry is held meanwhile. */
  checksum(entry: Entry): Promise<number>;
  /** Copies from a file descriptor at `offset` into a reservation; resolves to the crc32c. A short read is an error. */
  copyFrom(fd: number, offset: number, entry: Entry): Promise<number>;
  /**
   * Receives a payload of exactly its length into a reservation, on a thread that only transfers wait for (4 of them; more transfers queue);
   * resolves to the crc32c. The entry is held meanwhile; `close` ends it. An error reply of the peer rejects with its code, if it is
   * one of ours, else ERR, and its text; a null NOTFOUND; what the peer does wrong, its end or its silence is REMOTE.
   */
  receive(source: PayloadSource, entry: Entry): Promise<number>;
  /** RESERVED → SEALED in one commit; with `replace` the former variable is removed in the same. */
  seal(entry: Entry, crc32c: number): void;
  /** Gives a reservation up. */
  abort(entry: Entry): void;
  /** Removes names in one commit (up to `REDO_STORES_MAX`; more are refused); returns how many there were. */
  remove(names: Buffer[]): number;
  /** Removes the sealed variable of that xid, whether its name finds it or not; false when there is none. */
  removeXid(xid: number): boolean;
  /**
   * Until unveiled, or opened again, the sealed variable of that xid isn't found by its name nor listed; by its xid it is. Its name can't be claimed,
   * but replaced. False when there is none.
   */
  veil(xid: number): boolean;
  /** False when there is none, or another is found by its name: then it stays veiled. */
  unveil(xid: number): boolean;
  unveilAll(): void;
  /**
   * Until `drop`, a sealed variable is neither moved nor its memory reused, whatever becomes of its name: as a pin, but this process'
   * own and unseen by others. So is a reservation of the server's own, also when it is sealed or aborted meanwhile.
   */
  hold(entry: Entry): void;
  drop(entry: Entry): void;
  /** Copies bytes out of a sealed or held variable. */
  read(entry: Entry, offset: number, length: number): Buffer;

  /** Pins a sealed variable and marks it exposed; returns the token, 16 hex digits. */
  pin(entry: Entry, owner: Owner): string;
  /** NOTFOUND for an unknown token. Returns the pins left on the variable. */
  unpin(token: string): number;
  /** The entry a pin holds, or undefined for an unknown token. */
  pinned(token: string): Entry | undefined;
  /** The pin lives by this lease from now on. NOTFOUND for an unknown token. */
  renew(token: string, ms: number): void;
  /** Pins and reservations of the connection begin to linger. */
  disconnected(connection: number): void;
  /** Ends what is over: leases, lingers, dead slots, quarantines; at most `budget` items. */
  sweep(budget: number): Swept;
  /**
   * While held, nothing leaves its quarantine, and what is freed in that time and was exposed has one in any case: others, who can't be told
   * now, still hand the addresses out. Let go, `sweep` frees those whose time is over. Not held at first, also after a restart.
   */
  holdQuarantine(held: boolean): void;

  /**
   * Plans, copies (on a worker thread) and commits the next move that compacts the segment; undefined when there is nothing
   * more to gain now. `first` begins another request to compact, which renews what may be moved out of the way.
   */
  defragStep(sharedId: string, first: boolean): Promise<Step | undefined>;
  /** While closed, nothing new is placed in the segment. NOTFOUND. */
  closeSegment(sharedId: string, closed: boolean): void;
  /**
   * Carries the next unpinned variable of a segment into another one, copied and committed as by `defragStep`; undefined when
   * none is left that can be moved. OOM when the others have no room for it.
   */
  evacuateStep(sharedId: string): Promise<Step | undefined>;
  /** True within `restartGraceMs` of a warm restart. */
  readonly inRestartGrace: boolean;
}
