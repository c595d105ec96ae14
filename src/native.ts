/**
 * The memory layer as TypeScript sees it, and the only importer of the `.node`.
 *
 * Every call is synchronous and short (bounded work on the main thread) unless it returns a Promise; those run on
 * the addon's own worker threads. Errors carry a `code` of `src/errors.ts` and a sentence for the user. Sizes,
 * offsets and lengths are bytes; times are milliseconds. An `Entry` is the index of a descriptor in the catalog: it is
 * valid while the variable it was returned for lives, and is only passed on within the same tick or under a hold.
 */
import { createRequire } from 'node:module';
import type { ErrorCode } from './errors.js';

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
  createdMs: number;
  /** Reader pins. */
  pins: number;
  hidden: boolean;
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

export interface Step {
  /** False when only planning was done, or the variable was pinned or removed while it was copied and stays where it was. */
  moved: boolean;
  /** Bytes moved. */
  length: number;
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
  /** RESERVED → SEALED in one commit; with `replace` the former variable is removed in the same. */
  seal(entry: Entry, crc32c: number): void;
  /** Gives a reservation up. */
  abort(entry: Entry): void;
  /** Removes names in one commit (up to `REDO_STORES_MAX`; more are refused); returns how many there were. */
  remove(names: Buffer[]): number;
  /**
   * Until `drop`, a sealed variable is neither moved nor its memory reused, whatever becomes of its name: as a pin, but this process'
   * own and unseen by others.
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
}

export interface YellowVariable extends YellowContent {
  name: Buffer;
  state: YellowState;
  xid: number;
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

/** Sockets owned by the addon; see native/net. Connections are numbers that are never used twice. */
export interface NetCallbacks {
  accept(connection: number, listener: number, remote: string): void;
  /** `bytes` is the callee's to keep. */
  data(connection: number, bytes: Buffer): void;
  /** A bulk of `sink`/`discard` has arrived whole; `crc32c` is that of the seed's and the sunk bytes, 0 for a discarded one. */
  sunk(connection: number, crc32c: number): void;
  /** The sink's memory was unusable (a truncated segment); the rest of the bulk is being discarded, `sunk` follows. */
  sinkFailed(connection: number): void;
  /**
   * The peer has closed its sending side; told once. While paused it may be ahead of unread bytes, which `data` brings after
   * `resume`. Replies can still be sent; then call `end`. A bulk on its way in will not be complete.
   */
  end(connection: number): void;
  /** The output has fallen below the low-water mark after `write` returned false. */
  drain(connection: number): void;
  /** Once per connection, never inside a call. Its number means nothing any more: calls with it do nothing. */
  closed(connection: number): void;
  /** A bulk that was taken without `data` couldn't be stored: the request is to be answered with that error. `hot` is off. */
  refused(connection: number, code: ErrorCode, message: string): void;
  /** A bulk that was taken without `data` is through, and `hot` has been switched off meanwhile. */
  idle(connection: number): void;
  /** Sealed without `data`, while `watchSeals` is on. */
  sealed(name: Buffer): void;
}

/** The latest command that was answered without `data`, since the last `data`. */
export interface HotUse {
  command: string;
  agoMs: number;
}

/** What was answered without `data`. */
export interface HotCounts {
  commands: Record<string, { calls: number; nanoseconds: number }>;
  /** Lookups by name that found a variable, and that didn't. */
  hits: number;
  misses: number;
  pins: number;
  releases: number;
  inserts: number;
  insertedBytes: number;
  inputBytes: number;
  outputBytes: number;
}

/** What was found out about a type by parsing it. */
export interface TypeRule {
  /** The one length, or what the length is a multiple of: a row. */
  bytes: number;
  exact: boolean;
  /** NumPy's. */
  dtype: string;
  /** Without the outermost dimension where the length decides that. */
  dimensions: readonly number[];
  /** Bytes. */
  strides: readonly number[];
}

export interface HotLimits {
  bulkBytesMax: number;
  reservedBytesMax: number;
  documentationBytesMax: number;
}

export interface NetOptions {
  highWaterBytes: number;
  lowWaterBytes: number;
  /**
   * Plain requests (PING, GET, EXISTS, STRLEN, FABRIC.LOCATE, FABRIC.PTR, FABRIC.RELEASE, SET, FABRIC.INSERT of bytes) to that store are answered without `data`,
   * on connections where `hot` allows it. `node` is what placements call this node.
   */
  hot?: { store: NativeStore; node: string };
}

export interface NativeNet {
  /** Returns a listener number and the bound port. Throws ERR with the reason (address in use …). */
  listenTcp(host: string, port: number): { listener: number; port: number };
  listenUnix(path: string, mode: number): { listener: number };
  closeListener(listener: number): void;
  /** A number for a connection whose socket isn't the addon's; all of them count together. */
  claimNumber(): number;
  /** Queues bytes (copied if small, else referenced); false when above the high-water mark. Flushed once per tick. */
  write(connection: number, bytes: Uint8Array): boolean;
  /** Queues payload bytes straight from the segment; the variable is held until they are sent. */
  writeVariable(connection: number, store: NativeStore, entry: Entry, offset: number, length: number): boolean;
  /** The next `length` incoming bytes go into the reservation at `offset`; `data` is silent until `sunk`. */
  sink(connection: number, store: NativeStore, entry: Entry, offset: number, length: number, crc32c: number): void;
  discard(connection: number, length: number): void;
  pause(connection: number): void;
  resume(connection: number): void;
  /** Bytes queued and not yet sent. */
  pending(connection: number): number;
  /** Bytes received so far, those sunk and discarded included: tells a slow bulk from a stalled one. */
  received(connection: number): number;
  /** Sends what is queued, then closes, within a second of the last byte; nothing but `closed` is told any more. */
  end(connection: number): void;
  destroy(connection: number): void;
  /** Closes listeners and connections. */
  close(): void;
  /**
   * Lets plain requests be answered without `data`, in that version of RESP, until the next `data`, or no longer (0). Only where no
   * request has begun and no reply is owed.
   */
  hot(connection: number, protocol: 0 | 2 | 3): void;
  hotUse(connection: number): HotUse | undefined;
  /** While not allowed, `hot` has no effect on any connection. */
  allowHot(allowed: boolean): void;
  /** A bulk is being taken without `data`. */
  busy(connection: number): boolean;
  limitHot(limits: HotLimits): void;
  /** At first only `bytes` is known. */
  learnType(type: string, rule: TypeRule): void;
  watchSeals(watched: boolean): void;
  /** Since the last call. */
  takeHotCounts(): HotCounts;
}

/** A shared-memory object mapped by a client. `close()` detaches every view of it. */
export interface Mapping {
  /** Page-aligned window; the payload starts at `offset` in it. */
  readonly buffer: ArrayBuffer;
  readonly offset: number;
  readonly inode: number;
  readonly size: number;
  close(): void;
}

/** The liveness lock of a local client process on one slot of `/<prefix>.<node>.slots`. */
export interface Slot {
  readonly index: number;
  /** Of the slots object: another one of the same name doesn't know this slot. */
  readonly inode: number;
  close(): void;
}

export interface NativeModule {
  openStore(options: StoreOptions): NativeStore;
  /** Unlinks a node's objects; returns their names. OWNED while a server runs. The lock file stays, empty. */
  purge(options: { prefix: string; node: string }): string[];
  openYellowPages(): NativeYellowPages;
  openNet(callbacks: NetCallbacks, options: NetOptions): NativeNet;
  /**
   * Maps `length` bytes at `offset` of an object; writable ones for reservations. What is written to others stays in the
   * process that writes. NOTFOUND, NOPERM; ERR when the object is too small or the view beyond 4 GiB. With `copy`, and where
   * `externalBuffers` is false, reads the bytes instead; never writable.
   */
  map(shm: string, offset: number, length: number, writable: boolean, copy?: boolean): Mapping;
  /** Takes a free slot of a node. ERR when all are taken. */
  acquireSlot(slotsObject: string): Slot;
  crc32c(bytes: Uint8Array, seed?: number): number;
  /** Opens beneath a root: no symlinks, no magic links, regular files only (`openat2`). Returns a descriptor. */
  openBeneath(root: string, relative: string): number;
  /** Closes what `openBeneath` or `openShm` returned. */
  closeDescriptor(fd: number): void;
  /** Opens `/name` in /dev/shm for reading, no symlinks, regular files only. Returns a descriptor. */
  openShm(name: string): number;
  /** SIMD kernels in use, for INFO: e.g. `avx512+vpclmul`, `sse4.2`, `portable`. */
  readonly kernels: string;
  /** False where the runtime refuses external buffers; `map` then copies. */
  readonly externalBuffers: boolean;
}

const require = createRequire(import.meta.url);

export const native = require('../build/Release/datafabric.node') as NativeModule;
