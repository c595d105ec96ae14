/** Bytes in and out of a command, whatever they are. */
import { readFileSync, writeSync } from 'node:fs';

const STDIN = 0;
const STDOUT = 1;

/** Of a file, or of standard input. */
export function contentOf(file: string | undefined): Buffer {
  return readFileSync(file === undefined || file === '-' ? STDIN : file);
}

export function writeOut(bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(STDOUT, bytes, at);
}
