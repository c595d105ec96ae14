/** A request on one line, in double quotes and escaped as redis-cli reads and writes it; what is long is cut. */
const NAMED: Readonly<Record<number, string>> = {
  0x07: '\\a',
  0x08: '\\b',
  0x09: '\\t',
  0x0a: '\\n',
  0x0d: '\\r',
  0x22: '\\"',
  0x5c: '\\\\',
};
const [FIRST_PRINTABLE, LAST_PRINTABLE] = [0x20, 0x7e];
/** Nothing in it needs an escape. */
const PLAIN = /^[ !#-[\]-~]*$/;
const ARGUMENT_BYTES_MAX = 4096;
const LINE_CHARACTERS_MAX = 64 * 1024;

/** `payloadBytes` is the length of a last argument whose bytes went elsewhere. */
export function requestLine(args: readonly Buffer[], payloadBytes?: number): string {
  let line = '';
  for (const [at, arg] of args.entries()) {
    if (line.length > LINE_CHARACTERS_MAX) return `${line} ... (${args.length - at} more arguments)`;
    const isPayload = payloadBytes !== undefined && at === args.length - 1;
    line += `${at === 0 ? '' : ' '}"${isPayload ? `(${payloadBytes} bytes)` : escaped(arg)}"`;
  }
  return line;
}

function escaped(arg: Buffer): string {
  const more = arg.length - ARGUMENT_BYTES_MAX;
  if (more > 0) return `${escaped(arg.subarray(0, ARGUMENT_BYTES_MAX))}... (${more} more bytes)`;
  const text = arg.toString('latin1');
  return PLAIN.test(text) ? text : Array.from(arg, escapedByte).join('');
}

function escapedByte(byte: number): string {
  const named = NAMED[byte];
  if (named !== undefined) return named;
  if (byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE) return String.fromCharCode(byte);
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
