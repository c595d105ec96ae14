/** What a document of a reserved key may be; the server reads one as a whole before it takes it, while its clients wait. */
import { Malformed } from './malformed.js';

export const FORMAT_BYTES_MAX = 8 << 20;
export const ENTRIES_MAX = 100_000;
/** As the names of variables. */
export const NAME_BYTES_MAX = 512;
export const TEXT_BYTES_MAX = 64 << 10;

export function checkBytes(value: Buffer): void {
  if (value.length > FORMAT_BYTES_MAX)
    throw new Malformed(`it has ${value.length} bytes, and ${FORMAT_BYTES_MAX} at most may be`);
}

export function checkCount(count: number, of: string): void {
  if (count > ENTRIES_MAX) throw new Malformed(`it has ${count} ${of}, and ${ENTRIES_MAX} at most may be`);
}

export function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > NAME_BYTES_MAX) throw new Malformed(`a name has 1 to ${NAME_BYTES_MAX} bytes, not ${bytes}`);
}

/** Runs a check of one element of a list; what it refuses is said with its place. */
export function checkEach<T>(list: string, elements: readonly T[], check: (element: T) => void): void {
  checkCount(elements.length, list);
  elements.forEach((element, at) => {
    try {
      check(element);
    } catch (error) {
      throw new Malformed(`${list}[${at}].${(error as Error).message}`);
    }
  });
}
