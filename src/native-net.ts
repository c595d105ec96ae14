/** The addon's sockets. What holds for all calls stands in native.ts. */
import type { ErrorCode } from './errors.js';
import type { Entry, NativeStore } from './native-store.js';

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
  /** Of the hits: of names that were remembered. */
  rememberedHits: number;
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
  waitMsMax: number;
}

/** Where a copy of a sealed variable is, as LOCATE answers it. */
export interface Placement {
  node: string;
  sharedId: string;
  /** Bytes from the start of the segment. */
  offset: number;
  length: number;
  xid: number;
  generation: number;
}

export interface NetOptions {
  highWaterBytes: number;
  lowWaterBytes: number;
  /**
   * Plain requests (PING, GET, EXISTS, STRLEN, FABRIC.LOCATE, FABRIC.PTR, FABRIC.RELEASE, SET, FABRIC.INSERT of bytes) to that store are answered without `data`,
   * on connections where `hot` allows it. `node` is what placements call this node.
   */
  /**
   * `alone`: what isn't here is nowhere, and what is stored here is seen by all. `cacheNames`: so many names of other nodes' variables
   * are remembered at most, at about 250 bytes each and never more than 2 KiB; absent or 0: none.
   */
  hot?: { store: NativeStore; node: string; alone: boolean; cacheNames?: number };
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
  /**
   * Queues payload bytes straight from the segment, of a sealed variable or of a reservation of the server's own; it is held until they
   * are sent.
   */
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
  /**
   * FABRIC.LOCATE of that name is answered so, without `data`, for `ttlMs`, unless it is a variable of this node. `name` is in the catalog's
   * spelling (`x`, not `default/x`); 1 to 8 placements. Another name may be forgotten for it.
   */
  remember(name: Uint8Array, placements: readonly Placement[], ttlMs: number): void;
  forget(name: Uint8Array): void;
  /** Takes no longer for more names. */
  forgetAll(): void;
  /** Since the last call. */
  takeHotCounts(): HotCounts;
}
