/** What a node's fabric needs to know; sizes in bytes, times in milliseconds. */
import type { TypeRule } from '../native.js';
import type { Gate } from './gate.js';

export interface FabricLimits {
  bulkBytesMax: number;
  /** Reservations and payloads on their way in, together. */
  reservedBytesMax: number;
  documentationBytesMax: number;
  waitMsMax: number;
  leaseMsMax: number;
}

export interface FabricOptions {
  /** The node's name. */
  node: string;
  /** Where clients reach the node, `host:port`; known only once it listens. */
  address: () => string;
  /** 0: it speaks no TLS. */
  tlsPort: () => number;
  /** The prefix of the node's own shared-memory objects, without the leading `/`. */
  shmPrefix: string;
  /** Mutable: CONFIG SET may change them. */
  limits: Readonly<FabricLimits>;
  /** FILE sources lie beneath one of these absolute directories. */
  sourceRoots: readonly string[];
  /** SHM sources' names begin with one of these. */
  shmSourcePrefixes: readonly string[];
  /** Freed bytes whose address was handed out rest this long. */
  quarantineMs: number;
  restartGraceMs: number;
  /** Called for what goes wrong in the background, where no client waits for an answer. */
  onError: (error: unknown) => void;
  /** A type was parsed. Not called for all types. */
  onType: (type: string, rule: TypeRule) => void;
  /** Absent: the node is alone, and its names are nobody else's. */
  gate: Gate | undefined;
  /** From now on, clients wait for names, or none does any more. */
  onWaiting: (waiting: boolean) => void;
}
