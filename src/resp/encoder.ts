/** Replies as RESP2 or RESP3 bytes. */
import type { Output } from './output.js';
import type { Reply } from './reply.js';

export type Protocol = 2 | 3;

const SIMPLE = 0x2b;
const ERROR = 0x2d;
const INTEGER = 0x3a;
const BULK = 0x24;
const ARRAY = 0x2a;
const NULL = 0x5f;
const BOOLEAN = 0x23;
const DOUBLE = 0x2c;
const BIG_NUMBER = 0x28;
const VERBATIM = 0x3d;
const MAP = 0x25;
const SET = 0x7e;
const PUSH = 0x3e;
const TRUE = 0x74;
const FALSE = 0x66;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const VERBATIM_FORMAT = 'txt:';
const LINE_BREAKS = /[\r\n]/g;

/** Writes a reply. Throws TypeError on what has no encoding, such as a fraction given as a plain number. */
export function encode(output: Output, reply: Reply, protocol: Protocol): void {
  if (typeof reply === 'string') encodeText(output, reply);
  else if (typeof reply === 'number') encodeInteger(output, reply);
  else if (typeof reply === 'bigint') encodeBigint(output, reply, protocol);
  else if (typeof reply === 'boolean') encodeBoolean(output, reply, protocol);
  else if (reply === null) encodeNull(output, protocol);
  else if (Buffer.isBuffer(reply)) encodeBulk(output, reply);
  else if (isArray(reply)) encodeItems(output, ARRAY, reply, protocol);
  else encodeTagged(output, reply, protocol);
}

/** A message outside of request and reply: RESP3's push, an array in RESP2. */
export function encodePush(output: Output, items: readonly Reply[], protocol: Protocol): void {
  encodeItems(output, protocol === 3 ? PUSH : ARRAY, items, protocol);
}

/** The header of an array whose items follow separately. */
export function encodeArrayHeader(output: Output, items: number): void {
  output.header(ARRAY, items);
}

/** The header of a bulk whose bytes, and line end, follow separately. */
export function encodeBulkHeader(output: Output, length: number): void {
  output.header(BULK, length);
}

type Tagged = Extract<Reply, { kind: string }>;

/** `Array.isArray` alone does not narrow readonly arrays. */
const isArray = (reply: readonly Reply[] | Tagged): reply is readonly Reply[] => Array.isArray(reply);

function encodeTagged(output: Output, reply: Tagged, protocol: Protocol): void {
  switch (reply.kind) {
    case 'simple':
      encodeLine(output, SIMPLE, reply.text);
      break;
    case 'error':
      encodeLine(output, ERROR, reply.text);
      break;
    case 'map':
      encodeMap(output, reply.entries, protocol);
      break;
    case 'set':
      encodeItems(output, protocol === 3 ? SET : ARRAY, reply.items, protocol);
      break;
    case 'double':
      encodeDouble(output, reply.value, protocol);
      break;
    case 'verbatim':
      encodeVerbatim(output, reply.text, protocol);
      break;
    case 'null-array':
      if (protocol === 3) encodeNull(output, protocol);
      else output.header(ARRAY, -1);
      break;
    case 'payload':
    case 'encoded':
    case 'items':
    case 'none':
      throw new TypeError(`a reply of kind '${reply.kind}' is the connection's to send, and only as a whole reply`);
  }
}

function encodeLine(output: Output, type: number, text: string): void {
  output.byte(type);
  output.text(text.replace(LINE_BREAKS, ' '));
  output.lineEnd();
}

function encodeText(output: Output, text: string): void {
  output.header(BULK, Buffer.byteLength(text));
  output.text(text);
  output.lineEnd();
}

function encodeBulk(output: Output, bytes: Buffer): void {
  output.header(BULK, bytes.length);
  output.bytes(bytes);
  output.lineEnd();
}

function encodeInteger(output: Output, value: number): void {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a safe integer: use a double or a bigint`);
  output.header(INTEGER, value);
}

function encodeBigint(output: Output, value: bigint, protocol: Protocol): void {
  const text = value.toString();
  if (value < INT64_MIN || value > INT64_MAX) {
    if (protocol === 2) {
      encodeText(output, text);
      return;
    }
    encodeLine(output, BIG_NUMBER, text);
    return;
  }
  encodeLine(output, INTEGER, text);
}

function encodeBoolean(output: Output, value: boolean, protocol: Protocol): void {
  if (protocol === 2) {
    output.header(INTEGER, value ? 1 : 0);
    return;
  }
  output.byte(BOOLEAN);
  output.byte(value ? TRUE : FALSE);
  output.lineEnd();
}

function encodeNull(output: Output, protocol: Protocol): void {
  if (protocol === 2) {
    output.header(BULK, -1);
    return;
  }
  output.byte(NULL);
  output.lineEnd();
}

function encodeDouble(output: Output, value: number, protocol: Protocol): void {
  const text = doubleText(value);
  if (protocol === 2) {
    encodeText(output, text);
    return;
  }
  encodeLine(output, DOUBLE, text);
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function encodeVerbatim(output: Output, text: string, protocol: Protocol): void {
  if (protocol === 2) {
    encodeText(output, text);
    return;
  }
  output.header(VERBATIM, VERBATIM_FORMAT.length + Buffer.byteLength(text));
  output.text(VERBATIM_FORMAT);
  output.text(text);
  output.lineEnd();
}

function encodeItems(output: Output, type: number, items: readonly Reply[], protocol: Protocol): void {
  output.header(type, items.length);
  for (const item of items) encode(output, item, protocol);
}

function encodeMap(output: Output, entries: readonly (readonly [Reply, Reply])[], protocol: Protocol): void {
  output.header(protocol === 3 ? MAP : ARRAY, protocol === 3 ? entries.length : entries.length * 2);
  for (const [label, value] of entries) {
    encode(output, label, protocol);
    encode(output, value, protocol);
  }
}
