/** Payloads that a model needn't keep: a number and a length say every byte. */
import { createCipheriv } from 'node:crypto';

const KEY = Buffer.from('datafabric-bytes');

/** Bytes that differ from those of every other seed, and have no period in which a mix-up could hide. */
export function payloadOf(seed: number, length: number): Buffer {
  const counter = Buffer.alloc(16);
  counter.writeDoubleLE(seed);
  return createCipheriv('aes-128-ctr', KEY, counter).update(Buffer.alloc(length));
}
