/**
 * A version as it is stored: a header of 64 bytes, in network order, and the value.
 *
 *      0  magic "DFMR"          24  time, ms since 1970 (8)       48  crc32c of the name of its sequence (4)
 *      4  format, 1 (2)         32  bytes of the value (4)        52  repository version (4)
 *      6  flags (2)             36  crc32c of the value (4)       56  0 (4)
 *      8  writer (16)           40  0 (4)                         60  crc32c of the bytes before (4)
 *                               44  version (4)
 *
 * The header has a checksum of its own, so that the length in it is believed only when it is whole; it says where it belongs, so that an object in a
 * wrong place is no version of another key.
 */
import type { Crc32c } from './parts.js';

export const HEADER_BYTES = 64;
export const VALUE_BYTES_MAX = 0xffffffff;
const MAGIC = 0x44464d52;
const FORMAT = 1;
const CHECKED_BYTES = 60;

export const Flag = {
  /** Its value was removed; the header stays, so that no version is ever made twice. */
  removed: 1,
  /** Part of a commit: it counts when `repository` names a repository version with the same writer. */
  committed: 2,
  /** A repository version that commits nothing, and ends a commit that was to have its number. `repository` names the one it repeats. */
  fence: 4,
} as const;

/** `repository` of a fence with nothing to repeat. */
export const NO_REPOSITORY = 0xffffffff;

export interface Header {
  flags: number;
  /** 32 hex digits: unlike that of any other attempt to write. */
  writer: string;
  timeMs: number;
  bytes: number;
  crc32c: number;
  version: number;
  repository: number;
}

/** What is stored under a version. `header` is there when that much is whole. */
export type Stored =
  | { header: Header; value: Buffer; damage?: undefined }
  | { header: Header | undefined; value?: undefined; damage: string };

export function encodeRecord(
  header: Omit<Header, 'bytes' | 'crc32c'>,
  value: Buffer,
  sequence: string,
  crc32c: Crc32c,
): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + value.length);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt16BE(FORMAT, 4);
  bytes.writeUInt16BE(header.flags, 6);
  bytes.write(header.writer, 8, 16, 'hex');
  bytes.writeBigUInt64BE(BigInt(header.timeMs), 24);
  bytes.writeUInt32BE(value.length, 32);
  bytes.writeUInt32BE(crc32c(value), 36);
  bytes.writeUInt32BE(header.version, 44);
  bytes.writeUInt32BE(crc32c(Buffer.from(sequence)), 48);
  bytes.writeUInt32BE(header.repository, 52);
  bytes.writeUInt32BE(crc32c(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  value.copy(bytes, HEADER_BYTES);
  return bytes;
}

/** Reads what is stored as `version` of `sequence`. */
export function decodeRecord(bytes: Buffer, version: number, sequence: string, crc32c: Crc32c): Stored {
  const header = decodeHeader(bytes, version, sequence, crc32c);
  if (typeof header === 'string') return { header: undefined, damage: header };
  const value = bytes.subarray(HEADER_BYTES);
  if (value.length !== header.bytes) {
    return { header, damage: `it has ${value.length} of ${header.bytes} bytes` };
  }
  if (crc32c(value) !== header.crc32c) return { header, damage: "the value doesn't match its checksum" };
  return { header, value };
}

/** The header, or what is wrong with it. */
export function decodeHeader(bytes: Buffer, version: number, sequence: string, crc32c: Crc32c): Header | string {
  if (bytes.length < HEADER_BYTES) return `it ends after ${bytes.length} bytes, within its header`;
  if (bytes.readUInt32BE(0) !== MAGIC) return 'it is no record';
  if (crc32c(bytes.subarray(0, CHECKED_BYTES)) !== bytes.readUInt32BE(CHECKED_BYTES)) {
    return "the header doesn't match its checksum";
  }
  if (bytes.readUInt16BE(4) !== FORMAT) return `its format is ${bytes.readUInt16BE(4)}, not ${FORMAT}`;
  if (bytes.readUInt32BE(44) !== version || bytes.readUInt32BE(48) !== crc32c(Buffer.from(sequence))) {
    return 'it is a record of another place';
  }
  return {
    flags: bytes.readUInt16BE(6),
    writer: bytes.toString('hex', 8, 24),
    timeMs: Number(bytes.readBigUInt64BE(24)),
    bytes: bytes.readUInt32BE(32),
    crc32c: bytes.readUInt32BE(36),
    version,
    repository: bytes.readUInt32BE(52),
  };
}
