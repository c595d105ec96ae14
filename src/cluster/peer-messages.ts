/** What nodes say to one another: a verb and its arguments, as MessagePack. */
import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import type { Foreign } from '../fabric/copies.js';
import type { Move } from '../fabric/gate.js';
import type { Placement } from '../fabric/placements.js';
import type { Draining, UpkeepPort } from './upkeep-messages.js';

/** Nodes of different numbers refuse each other. */
export const PEER_PROTOCOL = 2;

/** A copy of a sealed variable. */
export interface Copy extends Placement {
  crc32c: number;
}

/** A variable about to be sealed under its name: `copies` are those that lie stored and wait for that. */
export interface Candidate {
  name: Buffer;
  xid: number;
  length: number;
  crc32c: number;
  replace: boolean;
  /** Copies that are wanted. */
  replicas: number;
  copies: readonly Copy[];
}

/** A variable that was removed while some of its nodes couldn't be told. */
export interface Tombstone {
  name: Buffer;
  xid: number;
  /** Nodes that may still have it. */
  awaited: readonly string[];
}

/** A node was given up for good, or has come back since with nothing of what it had. */
export interface Farewell {
  node: string;
  /** All that were granted before are lower, all after are higher. */
  epoch: number;
  isForgotten: boolean;
}

export interface Hello {
  cluster: string;
  protocol: number;
  /** Of what all nodes must have alike in their configuration. */
  digest: string;
  node: string;
  /** Other at each start of the node. */
  incarnation: string;
  /** Other at each attempt to join: what the coordinator has sent before may still be on its way, and is void. */
  joining: number;
  /** The highest the node knows of. */
  epoch: number;
  variables: number;
  tombstones: readonly Tombstone[];
  /** That it was given when it last joined with no variables; 0: it never has. */
  begunEpoch: number;
  farewells: readonly Farewell[];
}

export interface Welcome {
  /** Of the coordinator; rises with each of them, and each of its starts. */
  term: number;
  /** Whose ids the node gives out from now on, and nobody else. */
  epoch: number;
}

export interface Pulse {
  segments: number;
  bytes: number;
  usedBytes: number;
  largestFreeBytes: number;
  variables: number;
  /** It is to be emptied, and gets nothing new. */
  draining?: Draining | undefined;
}

export type NodeCondition = 'up' | 'suspect' | 'down' | 'unknown' | 'draining' | 'forgotten';

export interface NodeStatus extends Pulse {
  node: string;
  condition: NodeCondition;
}

/** How the cluster is, as the coordinator sees it. */
export interface Overview {
  nodes: readonly NodeStatus[];
  variables: number;
  conflicts: number;
  /** The highest epoch that was ever granted. */
  epoch: number;
}

export interface InventoryBatch {
  batch: Buffer;
  /** 0 when it is the last. */
  next: number;
}

/** Where something is to be placed, asked of the coordinator. */
export interface PlaceRequest {
  name: Buffer;
  length: number;
  replicas: number;
  /** One that has a copy, or will: the others lie in other zones. */
  first: string | undefined;
}

/** A copy for another node to take. */
export interface Offer extends Foreign {
  /** The node that has it. */
  from: string;
}

export interface NamePage {
  /** 0 when it is the last. */
  cursor: number;
  names: Buffer[];
}

/** How the sealing of a candidate ended. */
export interface Outcome {
  name: Buffer;
  xid: number;
  /** Those that are sealed; empty: none, and the name is free again. */
  copies: readonly Copy[];
  /** Nodes that may have sealed theirs or not: they don't answer. */
  unclear: readonly string[];
  /** What went for it elsewhere, as `commit` told: whoever coordinates by then may know nothing of that. */
  former: readonly Copy[];
}

/** What every node may ask the coordinator for. Errors are FabricErrors: NOCOORD when it is away, FENCED when it is another by now. */
export interface CoordinatorPort extends UpkeepPort {
  join(hello: Hello): Promise<Welcome>;
  beat(node: string, term: number, pulse: Pulse): Promise<Overview>;
  overview(): Promise<Overview>;
  /** Nodes with room, by straw2; fewer than asked for when there aren't so many. */
  place(request: PlaceRequest): Promise<readonly string[]>;
  /** Leave to seal, with the name locked until `ended`. Copies on other nodes of what it takes the place of, which go only then. */
  commit(node: string, term: number, candidate: Candidate): Promise<readonly Copy[]>;
  ended(node: string, term: number, outcomes: readonly Outcome[]): Promise<void>;
  /** Empty: there is no such variable. With `waitMs`: there was none in all that time. */
  find(name: Buffer, waitMs: number): Promise<readonly Copy[]>;
  remove(names: readonly Buffer[]): Promise<number>;
  /** A further copy, stored there, is to be sealed; false when the variable is no more, and the copy to be given up. */
  adopt(node: string, term: number, name: Buffer, xid: number): Promise<boolean>;
  /** Takes one of several copies away; false when it is the only one, is none, or is pinned. */
  thin(name: Buffer, xid: number, node: string): Promise<boolean>;
  moved(node: string, term: number, moves: readonly Move[]): Promise<void>;
  /** What became of a stored copy whose writer is silent. */
  fate(name: Buffer, xid: number): Promise<Fate>;
  scan(cursor: number, count: number): Promise<NamePage>;
  conflicts(cursor: number): Promise<{ cursor: number; conflicts: readonly ConflictingVariable[] }>;
  /** A node won't come back: what lay there alone is lost. */
  forget(node: string): Promise<ForgetReport>;
}

export type Fate = 'sealed' | 'pending' | 'void';

export interface ConflictingVariable {
  name: Buffer;
  xid: number;
  nodes: readonly string[];
}

export interface ForgetReport {
  lost: number;
}

/** What nodes may be asked for: by the coordinator, and by each other with its term. */
export interface MemberPort {
  inventory(term: number, cursor: number): Promise<InventoryBatch>;
  /** Removes that variable, if it is there. */
  remove(term: number, xid: number): Promise<void>;
  /** Removes that variable unless it is pinned: then false. Not when it has told since that it has it: `joining` is of before that. */
  shed(term: number, xid: number, joining: number): Promise<boolean>;
  pins(term: number, xid: number): Promise<number>;
  /** Nothing new comes here from now on; null: it may again. On disk before it is answered. */
  drain(term: number, draining: Draining | null): Promise<void>;
  /** Until unveiled, removed, or joining again, its name isn't looked up on that node. */
  veil(term: number, xid: number, joining: number): Promise<void>;
  unveil(term: number, xid: number, joining: number): Promise<void>;
  /** Brings a copy in, to wait for `seal` or `release`. */
  take(term: number, offer: Offer): Promise<Copy>;
  /** NOTFOUND when it was given up, or has waited since before the node joined: then only the coordinator may, which tells `joining`. */
  seal(term: number, xid: number, joining?: number): Promise<Copy>;
  release(term: number, xid: number): Promise<void>;
  /** The copy when it is sealed; else it is given up for good: null. */
  conclude(term: number, xid: number): Promise<Copy | null>;
  /** Others wait for what it has yet to tell of how its sealing has ended. */
  hurry(term: number): Promise<void>;
  /** Tombstones to be kept for whoever comes next: not when it has told since what it keeps, which `joining` is before. */
  keep(term: number, tombstones: readonly Tombstone[], joining: number): Promise<void>;
  forgive(term: number, xids: readonly number[]): Promise<void>;
  /** To be told to whoever coordinates next, as tombstones are. On disk before it is answered. */
  note(term: number, farewells: readonly Farewell[], joining: number): Promise<void>;
  /** A further copy of what another node has. */
  pull(term: number, name: Buffer, copy: Copy): Promise<boolean>;
}

/** Names are Buffers at both ends; MessagePack's own bytes would become another kind of array. */
const BUFFER = 1;
const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: BUFFER,
  encode: (value) => (Buffer.isBuffer(value) ? value : null),
  decode: (bytes) => Buffer.from(bytes),
});
const encoder = new Encoder({ extensionCodec, ignoreUndefined: true });
const decoder = new Decoder({ extensionCodec });

export const encodeMessage = (message: unknown): Buffer => Buffer.from(encoder.encodeSharedRef(message));

export const decodeMessage = (bytes: Buffer): unknown => decoder.decode(bytes);
