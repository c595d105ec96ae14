/**
 * What nodes say to one another: a verb and a record, which travels as JSON. Names are binary; each of their bytes is a character there.
 */
import type { Candidate } from '../fabric/gate.js';

/** Nodes of different numbers refuse each other. */
export const PEER_PROTOCOL = 1;

/** A copy of a sealed variable. */
export interface Copy {
  node: string;
  sharedId: string;
  /** Bytes from the start of the segment. */
  offset: number;
  length: number;
  xid: number;
  generation: number;
  crc32c: number;
}

export interface Hello {
  cluster: string;
  protocol: number;
  /** Of what all nodes must have alike in their configuration. */
  digest: string;
  node: string;
  /** Other at each start of the node. */
  incarnation: string;
  /** The highest the node knows of. */
  epoch: number;
}

export interface Welcome {
  /** Of the coordinator; rises with each of its starts. */
  term: number;
  /** Whose ids the node gives out from now on, and nobody else. */
  epoch: number;
}

export interface Pulse {
  segments: number;
  bytes: number;
  usedBytes: number;
  variables: number;
}

export type NodeCondition = 'up' | 'suspect' | 'down' | 'unknown';

export interface NodeStatus extends Pulse {
  node: string;
  condition: NodeCondition;
}

export interface Listed {
  name: Buffer;
  copies: readonly Copy[];
}

export interface InventoryPage {
  /** 0 when it is the last. */
  cursor: number;
  variables: readonly { name: Buffer; copy: Copy }[];
}

/** What every node may ask the coordinator for. Errors are FabricErrors: NOCOORD when it is away, FENCED when it is another by now. */
export interface CoordinatorPort {
  join(hello: Hello): Promise<Welcome>;
  beat(node: string, term: number, pulse: Pulse): Promise<readonly NodeStatus[]>;
  commit(node: string, term: number, candidate: Candidate): Promise<void>;
  sealed(node: string, term: number, candidate: Candidate): Promise<void>;
  abandoned(node: string, term: number, candidate: Candidate): Promise<void>;
  /** Empty: there is no such variable. */
  find(name: Buffer): Promise<readonly Copy[]>;
  remove(names: readonly Buffer[]): Promise<number>;
}

/** What the coordinator may ask a node for. */
export interface MemberPort {
  inventory(term: number, cursor: number): Promise<InventoryPage>;
  /** Removes that variable, if the name still stands for it there. */
  remove(term: number, name: Buffer, xid: number): Promise<void>;
}

/** JSON in which a Buffer is a string of its bytes. */
export const encodeMessage = (message: unknown): string =>
  JSON.stringify(message, function (this: Record<string, unknown>, key, value: unknown) {
    const original = this[key];
    return Buffer.isBuffer(original) ? { bytes: original.toString('latin1') } : value;
  });

export const decodeMessage = (text: string): unknown =>
  JSON.parse(text, (_, value: unknown) => {
    const bytes = (value as { bytes?: unknown } | null)?.bytes;
    return typeof bytes === 'string' && Object.keys(value as object).length === 1
      ? Buffer.from(bytes, 'latin1')
      : value;
  });
