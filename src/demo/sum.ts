const BLOCK_BYTES = 2 ** 20;

/** Exact up to 2^45 bytes. In blocks whose sum fits into 31 bits, which the engine adds as small integers. */
export function sumBytes(bytes: Uint8Array): number {
  let sum = 0;
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    sum += sumBlock(bytes, start, Math.min(start + BLOCK_BYTES, bytes.length));
  }
  return sum;
}

function sumBlock(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let index = start; index < end; index++) sum = (sum + bytes[index]!) | 0;
  return sum;
}
