/**
 * Names of variables: binary-safe, 1–512 bytes. The first `/` splits off the namespace; `x` is `default/x` and is kept in the
 * short form, so that one variable has one spelling in the catalog.
 */
import { FabricError } from '../errors.js';
import { NAME_BYTES_MAX } from '../layout.js';

const SLASH = 0x2f;
const DEFAULT_NAMESPACE = Buffer.from('default/');
const SHOWN_BYTES_MAX = 128;

/** The one spelling of a name, or an error that says what a name looks like. */
export function canonicalName(given: Buffer): Buffer {
  const name = shortForm(given);
  if (name.length === 0)
    throw new FabricError('ERR', `a name must have 1 to ${NAME_BYTES_MAX} bytes; this one is empty`);
  if (name.length > NAME_BYTES_MAX) {
    throw new FabricError(
      'ERR',
      `a name must have 1 to ${NAME_BYTES_MAX} bytes; this one has ${name.length}: ${printable(name)}`,
    );
  }
  const slash = name.indexOf(SLASH);
  if (slash === 0 || slash === name.length - 1) {
    throw new FabricError(
      'ERR',
      `${printable(name)} lacks a part: the first '/' stands between a namespace and a name, and neither may be empty`,
    );
  }
  return name;
}

/** `default/x` is `x`, but `default/a/b` keeps its namespace: `a/b` would be another variable. */
function shortForm(name: Buffer): Buffer {
  const skip = DEFAULT_NAMESPACE.length;
  if (name.length <= skip || !name.subarray(0, skip).equals(DEFAULT_NAMESPACE)) return name;
  return name.includes(SLASH, skip) ? name : name.subarray(skip);
}

/** The name as a key of JavaScript maps: one character per byte. */
export const nameKey = (name: Buffer) => name.toString('latin1');

/** The name quoted for a sentence: bytes that don't print as `\xNN`, cut when long. */
export function printable(name: Buffer): string {
  const cut = name.length > SHOWN_BYTES_MAX;
  const shown = cut ? name.subarray(0, SHOWN_BYTES_MAX) : name;
  const text = Array.from(shown, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
  return `'${text}${cut ? '…' : ''}'`;
}
