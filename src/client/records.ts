/** What INFO, SEGMENTS, NODES, DEFRAG and ALLOC answer, as objects. Sizes are bytes, times milliseconds since 1970. */
import { fieldsOf, listOf, numberOf, placementsOf, textOf, type Fields, type Placement } from './replies.js';

export interface VariableInfo {
  name: string;
  xid: number;
  documentation: string;
  type: string;
  length: number;
  state: string;
  pins: number;
  crc32c: number;
  createdMs: number;
  placements: Placement[];
}

export interface SegmentInfo {
  node: string;
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

export interface NodeInfo {
  node: string;
  address: string;
  /** On the same host; 0: it speaks no TLS. */
  tlsPort: number;
  role: string;
  state: string;
  zone: string;
  weight: number;
  segments: number;
  bytes: number;
  usedBytes: number;
  variables: number;
}

export interface DefragReport {
  movedVariables: number;
  movedBytes: number;
  largestFreeBefore: number;
  largestFreeAfter: number;
  pinnedBytes: number;
}

export interface SegmentName {
  node: string;
  sharedId: string;
}

const text = (fields: Fields, label: string) => textOf(fields.get(label));
const number = (fields: Fields, label: string) => numberOf(fields.get(label));

export function variableOf(reply: unknown): VariableInfo {
  const fields = fieldsOf(reply);
  return {
    name: text(fields, 'name'),
    xid: number(fields, 'xid'),
    documentation: text(fields, 'documentation'),
    type: text(fields, 'type'),
    length: number(fields, 'length'),
    state: text(fields, 'state'),
    pins: number(fields, 'pins'),
    crc32c: number(fields, 'crc32c'),
    createdMs: number(fields, 'created_ms'),
    placements: placementsOf(fields.get('placements')),
  };
}

export function segmentOf(reply: unknown): SegmentInfo {
  const fields = fieldsOf(reply);
  return {
    node: text(fields, 'node'),
    sharedId: text(fields, 'shared_id'),
    bytes: number(fields, 'bytes'),
    usedBytes: number(fields, 'used_bytes'),
    freeBytes: number(fields, 'free_bytes'),
    largestFreeBytes: number(fields, 'largest_free_bytes'),
    limboBytes: number(fields, 'limbo_bytes'),
    quarantinedBytes: number(fields, 'quarantined_bytes'),
    pinnedBytes: number(fields, 'pinned_bytes'),
    variables: number(fields, 'variables'),
  };
}

export function nodeOf(reply: unknown): NodeInfo {
  const fields = fieldsOf(reply);
  return {
    node: text(fields, 'node'),
    address: text(fields, 'address'),
    tlsPort: number(fields, 'tls_port'),
    role: text(fields, 'role'),
    state: text(fields, 'state'),
    zone: text(fields, 'zone'),
    weight: number(fields, 'weight'),
    segments: number(fields, 'segments'),
    bytes: number(fields, 'bytes'),
    usedBytes: number(fields, 'used_bytes'),
    variables: number(fields, 'variables'),
  };
}

export function defragOf(reply: unknown): DefragReport {
  const fields = fieldsOf(reply);
  return {
    movedVariables: number(fields, 'moved_variables'),
    movedBytes: number(fields, 'moved_bytes'),
    largestFreeBefore: number(fields, 'largest_free_before'),
    largestFreeAfter: number(fields, 'largest_free_after'),
    pinnedBytes: number(fields, 'pinned_bytes'),
  };
}

export function segmentNamesOf(reply: unknown): SegmentName[] {
  return listOf(reply).map((pair) => {
    const [node, sharedId] = listOf(pair);
    return { node: textOf(node), sharedId: textOf(sharedId) };
  });
}
