/** The document under the key `manifest`: every object of the data store, with its length and checksum (`docs/formats.thrift`). */
import { checkKey } from '../storage/object-key.js';
import { checkEach } from './format-limits.js';
import { MANIFEST, type DataObject } from './formats-idl.js';
import { Malformed } from './malformed.js';
import { readStruct } from './thrift-read.js';
import { writeStruct } from './thrift-write.js';

export const MANIFEST_FORMAT = 1;

const CRC32C_MAX = 0xffffffff;

export function writeManifest(objects: readonly DataObject[]): Buffer {
  const bytes = writeStruct(MANIFEST, { format: MANIFEST_FORMAT, objects });
  check(objects);
  return bytes;
}

export function readManifest(bytes: Buffer): readonly DataObject[] {
  const { objects } = readStruct(MANIFEST, bytes);
  check(objects);
  return objects;
}

function check(objects: readonly DataObject[]): void {
  const seen = new Set<string>();
  checkEach('objects', objects, ({ key, bytes, crc32c }) => {
    try {
      checkKey(key);
    } catch (error) {
      throw new Malformed(`key: ${(error as Error).message}`);
    }
    if (seen.has(key)) throw new Malformed(`key: ${JSON.stringify(key)} is there twice`);
    seen.add(key);
    if (bytes < 0) throw new Malformed(`bytes: ${bytes} is no length`);
    if (crc32c < 0 || crc32c > CRC32C_MAX) throw new Malformed(`crc32c: ${crc32c} is no checksum of 32 bits`);
  });
}
