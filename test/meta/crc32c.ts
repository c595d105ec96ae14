import { native } from '../../dist/native.js';

export const crc32c = (bytes: Uint8Array): number => native.crc32c(bytes, 0);
