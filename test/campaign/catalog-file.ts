/** A node's catalog as any process of its user may read it: what would be true if the server were killed now. */
import { closeSync, openSync, readSync } from 'node:fs';
import { DESCRIPTOR_BYTES, PAGE_BYTES, PIN_RECORD_BYTES, SEGMENT_RECORD_BYTES } from '../../dist/layout.js';

/** Byte offsets in the records of native/layout.h. */
const HEADER = {
  segmentsMax: 24,
  segmentsOffset: 56,
  redoOffset: 64,
  pinsOffset: 72,
  variablesOffset: 80,
  stringsOffset: 88,
  pinsReady: 96,
  variablesReady: 104,
  epoch: 120,
};
const SEGMENT = { word: 0, bytes: 8 };
const PIN = { word: 0, token: 8, deadlineMs: 16 };
const REDO = { head: 0, stores: 16, storeBytes: 16 };
const DESCRIPTOR = { sequence: 0, word: 8, offset: 16, length: 24, xid: 32, nameBytes: 44, strings: 48 };

const STATES = ['FREE', 'RESERVED', 'STORED', 'SEALED', 'PAGED', 'REMOVED'] as const;
const ROLES = ['none', 'reader', 'writer'] as const;
const KINDS = ['none', 'connection', 'lease', 'slot'] as const;

export interface CatalogVariable {
  entry: number;
  state: (typeof STATES)[number];
  flags: number;
  /** Index of the segment's record. */
  segment: number;
  generation: number;
  offset: number;
  length: number;
  xid: number;
  name: string;
}

export interface CatalogPin {
  entry: number;
  role: (typeof ROLES)[number];
  kind: (typeof KINDS)[number];
  /** 16 hex digits. */
  token: string;
  /** Milliseconds of CLOCK_BOOTTIME, of a lease. */
  deadlineMs: number;
}

export interface CatalogSegment {
  index: number;
  /** The number in its name. */
  number: number;
  bytes: number;
}

export interface CatalogCopy {
  epoch: number;
  /** Entries that a validated redo record changes, which has not been cleared: a restart ends the change. */
  redone: number[];
  /** Descriptors that others can't read, because a change of them hasn't ended. */
  oddSequences: number;
  segments: CatalogSegment[];
  pins: CatalogPin[];
  variables: CatalogVariable[];
}

/** Copies the catalog at `path`, of a node that is quiet or dead. */
export function readCatalog(path: string): CatalogCopy {
  const fd = openSync(path, 'r');
  try {
    return copyOf(fd);
  } finally {
    closeSync(fd);
  }
}

function copyOf(fd: number): CatalogCopy {
  const header = bytesAt(fd, 0, PAGE_BYTES);
  const word = (offset: number) => wordAt(header, offset);
  const segments = bytesAt(fd, word(HEADER.segmentsOffset), word(HEADER.segmentsMax) * SEGMENT_RECORD_BYTES);
  const pins = bytesAt(fd, word(HEADER.pinsOffset), word(HEADER.pinsReady) * PIN_RECORD_BYTES);
  const descriptors = bytesAt(fd, word(HEADER.variablesOffset), word(HEADER.variablesReady) * DESCRIPTOR_BYTES);
  const nameAt = (offset: number, length: number) =>
    bytesAt(fd, word(HEADER.stringsOffset) + offset, length).toString('latin1');
  return {
    epoch: word(HEADER.epoch),
    redone: redoneAt(fd, word(HEADER.redoOffset), word(HEADER.variablesOffset)),
    oddSequences: recordsOf(descriptors, DESCRIPTOR_BYTES).filter(
      ({ record }) => record.readUInt32LE(DESCRIPTOR.sequence) % 2 === 1,
    ).length,
    segments: recordsOf(segments, SEGMENT_RECORD_BYTES).flatMap(segmentOf),
    pins: recordsOf(pins, PIN_RECORD_BYTES).flatMap(pinOf),
    variables: recordsOf(descriptors, DESCRIPTOR_BYTES).flatMap((item) => variableOf(item, nameAt)),
  };
}

function redoneAt(fd: number, redoOffset: number, variablesOffset: number): number[] {
  const stores = bytesAt(fd, redoOffset + REDO.head, 8).readUInt32LE(4);
  return recordsOf(bytesAt(fd, redoOffset + REDO.stores, stores * REDO.storeBytes), REDO.storeBytes).map(({ record }) =>
    Math.floor((wordAt(record, 0) - variablesOffset) / DESCRIPTOR_BYTES),
  );
}

interface Item {
  record: Buffer;
  index: number;
}

function recordsOf(region: Buffer, bytes: number): Item[] {
  return Array.from({ length: region.length / bytes }, (_, index) => ({
    record: region.subarray(index * bytes, (index + 1) * bytes),
    index,
  }));
}

function segmentOf({ record, index }: Item): CatalogSegment[] {
  if (record.readUInt32LE(SEGMENT.word) === 0) return [];
  return [{ index, number: record.readUInt32LE(SEGMENT.word + 4), bytes: wordAt(record, SEGMENT.bytes) }];
}

function pinOf({ record }: Item): CatalogPin[] {
  const role = record.readUInt8(PIN.word);
  if (role === 0) return [];
  return [
    {
      entry: record.readUInt32LE(PIN.word + 4),
      role: ROLES[role] ?? 'none',
      kind: KINDS[record.readUInt8(PIN.word + 1)] ?? 'none',
      token: record.readBigUInt64LE(PIN.token).toString(16).padStart(16, '0'),
      deadlineMs: wordAt(record, PIN.deadlineMs),
    },
  ];
}

function variableOf({ record, index }: Item, nameAt: (offset: number, length: number) => string): CatalogVariable[] {
  const state = STATES[record.readUInt8(DESCRIPTOR.word)] ?? 'FREE';
  if (state === 'FREE') return [];
  return [
    {
      entry: index,
      state,
      flags: record.readUInt8(DESCRIPTOR.word + 1),
      segment: record.readUInt16LE(DESCRIPTOR.word + 2),
      generation: record.readUInt32LE(DESCRIPTOR.word + 4),
      offset: wordAt(record, DESCRIPTOR.offset),
      length: wordAt(record, DESCRIPTOR.length),
      xid: wordAt(record, DESCRIPTOR.xid),
      name: nameAt(wordAt(record, DESCRIPTOR.strings), record.readUInt16LE(DESCRIPTOR.nameBytes)),
    },
  ];
}

const wordAt = (bytes: Buffer, offset: number) => Number(bytes.readBigUInt64LE(offset));

function bytesAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const got = readSync(fd, bytes, 0, length, position);
  if (got !== length)
    throw new Error(`the catalog ends at ${position + got}, but should have ${position + length} bytes`);
  return bytes;
}
