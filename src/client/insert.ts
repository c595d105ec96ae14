/** Ways of putting data in. */
import { resolve } from 'node:path';
import { statSync } from 'node:fs';
import { native } from '../native.js';
import { parseType } from '../types/datashape.js';
import { bytesOf, typeOf } from './arrays.js';
import { hasCode } from './client-error.js';
import type { Argument, Link } from './link.js';
import { variableOf, type VariableInfo } from './records.js';
import { placementsOf, type Placement } from './replies.js';
import type { Reservation, ReserveOptions } from './reservation.js';

/** A file below the node's `source_roots`, read by the node; all of it unless a part is named. */
export interface FileSource {
  file: string;
  /** Bytes. Both or neither. */
  offset?: number;
  length?: number;
}

/** A shared-memory object on the node's machine. */
export interface ShmSource {
  /** `/name` */
  shm: string;
  /** Bytes; 0. */
  offset?: number;
  /** Bytes; what the type says, else up to the end of the object. */
  length?: number;
}

export type Source = ArrayBufferView | FileSource | ShmSource;

export interface InsertOptions {
  /** Datashape; without it that of the typed array, `bytes` for anything else. */
  type?: string;
  /** Of a typed array, instead of `type`: [2, 3] makes a Float64Array of 6 a `2 * 3 * float64`. */
  shape?: readonly number[];
  documentation?: string;
  /** Replaces a variable of that name instead of failing with EXISTS. */
  replace?: boolean;
}

/** From here on bytes are copied into shared memory by this process instead of going through the connection. */
const IN_PLACE_BYTES_MIN = 1 << 20;

/** What inserting needs of the connection. */
export type InsertLink = Pick<Link, 'call' | 'epoch' | 'local'>;

export interface InsertParts {
  link: InsertLink;
  reserve(type: string, options: ReserveOptions): Promise<Reservation>;
}

export async function insert(
  parts: InsertParts,
  name: Buffer,
  source: Source,
  options: InsertOptions,
): Promise<Placement[]> {
  const { documentation = '', replace = false } = options;
  const type = options.type ?? (ArrayBuffer.isView(source) ? typeOf(source, options.shape) : 'bytes');
  if (ArrayBuffer.isView(source)) {
    const bytes = bytesOf(source);
    if (bytes.length >= IN_PLACE_BYTES_MIN && native.externalBuffers && parts.link.local) {
      const placed = await insertInPlace(parts, type, bytes, { documentation, replace });
      if (placed !== undefined) return placed;
    }
    return insertBytes(parts.link, name, [documentation, type, ...(replace ? ['REPLACE'] : [])], bytes);
  }
  const from = 'file' in source ? fileArguments(source) : shmArguments(source, type);
  const head = [name, documentation, type, ...(replace ? ['REPLACE'] : [])];
  return placementsOf(await parts.link.call('FABRIC.INSERT', ...head, ...from));
}

/** Undefined where this process can't write to the node's memory. */
async function insertInPlace(
  parts: InsertParts,
  type: string,
  bytes: Buffer,
  options: { documentation: string; replace: boolean },
): Promise<Placement[] | undefined> {
  let reservation;
  try {
    reservation = await parts.reserve(type, { ...options, length: bytes.length });
  } catch (error) {
    if (hasCode(error, 'REMOTE')) return undefined;
    throw error;
  }
  reservation.bytes.set(bytes);
  return reservation.seal();
}

async function insertBytes(link: InsertLink, name: Buffer, head: string[], bytes: Buffer): Promise<Placement[]> {
  const { epoch } = link;
  try {
    return placementsOf(await link.call('FABRIC.INSERT', name, ...head, 'BYTES', bytes));
  } catch (error) {
    // The connection broke and the command was sent again: what exists may be what the first sending made.
    if (link.epoch === epoch || !hasCode(error, 'EXISTS')) throw error;
    const reply = await link.call('FABRIC.INFO', name);
    const made = reply === null ? undefined : variableOf(reply);
    if (made === undefined || !holds(made, bytes)) throw error;
    return made.placements;
  }
}

/** As good as one's own write, whoever made it. */
export const holds = ({ length, crc32c }: VariableInfo, bytes: Buffer): boolean =>
  length === bytes.length && crc32c === native.crc32c(bytes);

function fileArguments({ file, offset, length }: FileSource): Argument[] {
  const range = offset === undefined || length === undefined ? [] : [offset, length];
  return ['FILE', resolve(file), ...range];
}

function shmArguments({ shm, offset = 0, length }: ShmSource, type: string): Argument[] {
  return ['SHM', shm, offset, length ?? parseType(type).fixedBytes ?? statSync(`/dev/shm${shm}`).size - offset];
}
