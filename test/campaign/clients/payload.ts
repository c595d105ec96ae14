/**
 * Payloads that say themselves what they are, so that a reader needs nothing else to see whether the bytes are right.
 *
 * Little-endian: u32 magic, u32 length of the payload, u32 crc32c of all that follows, u64 nonce, 24 bytes name; from 64 on bytes without
 * a period that a mix-up could hide in. `payload.py` writes and reads the same.
 */
import { createCipheriv, randomBytes } from 'node:crypto';
import { native } from '../../../dist/native.js';

const MAGIC = 0x43504644;
const CHECKED_FROM = 12;
const NAME_FROM = 20;
const NAME_BYTES = 24;
export const PAYLOAD_BYTES_MIN = 64;

export function makePayload(name: string, length: number): Buffer {
  const nonce = randomBytes(16);
  const bytes = createCipheriv('aes-128-ctr', nonce, nonce).update(Buffer.alloc(length));
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(length, 4);
  nonce.copy(bytes, CHECKED_FROM, 0, 8);
  bytes.fill(0, NAME_FROM, PAYLOAD_BYTES_MIN);
  bytes.write(name, NAME_FROM, NAME_BYTES, 'latin1');
  bytes.writeUInt32LE(native.crc32c(bytes.subarray(CHECKED_FROM)), 8);
  return bytes;
}

/** What is wrong with the bytes; undefined when they are a payload of that name. */
export function faultOf(bytes: Uint8Array, name: string): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < PAYLOAD_BYTES_MIN || buffer.readUInt32LE(0) !== MAGIC) return 'no payload';
  const length = buffer.readUInt32LE(4);
  if (length !== buffer.length) return `a payload of ${length} bytes in ${buffer.length}`;
  const written = buffer.toString('latin1', NAME_FROM, NAME_FROM + NAME_BYTES).replace(/\0+$/, '');
  if (written !== name) return `the payload of ${written}`;
  const crc32c = native.crc32c(buffer.subarray(CHECKED_FROM));
  return crc32c === buffer.readUInt32LE(8) ? undefined : 'a crc32c that differs';
}

/** What tells one payload from every other. */
export const nonceOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex', CHECKED_FROM, NAME_FROM);
