/** Inline commands, as people type them into a terminal: words, "with \x41 escapes" or 'taken literally'. */

const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;

/** What `\n` and its like stand for in double quotes; any other byte after the backslash stands for itself. */
const ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x6e, LINE_FEED],
  [0x72, CARRIAGE_RETURN],
  [0x74, TAB],
  [0x62, 0x08],
  [0x61, 0x07],
]);

const isSpace = (byte: number) => byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN);
/** Vertical tab and form feed stand between words but don't end one: Redis reads them so. */
const endsWord = (byte: number) => byte === SPACE || byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN;

/** Splits a line into arguments; undefined when its quotes are unbalanced. */
export function splitInline(line: Buffer): Buffer[] | undefined {
  const words: Buffer[] = [];
  const scratch = Buffer.allocUnsafe(line.length);
  let at = 0;
  for (;;) {
    while (at < line.length && isSpace(line[at]!)) at++;
    if (at === line.length) return words;
    const word = readWord(line, at, scratch);
    if (word === undefined) return undefined;
    words.push(Buffer.from(scratch.subarray(0, word.length)));
    at = word.next;
  }
}

interface Word {
  /** Bytes written to the scratch buffer. */
  length: number;
  next: number;
}

function readWord(line: Buffer, start: number, scratch: Buffer): Word | undefined {
  let at = start;
  let length = 0;
  while (at < line.length) {
    const byte = line[at]!;
    if (endsWord(byte)) break;
    if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) {
      const quoted = byte === DOUBLE_QUOTE ? readDouble : readSingle;
      return quoted(line, at + 1, scratch, length);
    }
    scratch[length++] = byte;
    at++;
  }
  return { length, next: at };
}

/** A closing quote ends the word, and only a space or the line's end may follow it. */
function closeQuote(line: Buffer, next: number, length: number): Word | undefined {
  return next === line.length || isSpace(line[next]!) ? { length, next } : undefined;
}

function readDouble(line: Buffer, start: number, scratch: Buffer, written: number): Word | undefined {
  let length = written;
  let at = start;
  while (at < line.length) {
    const byte = line[at]!;
    if (byte === DOUBLE_QUOTE) return closeQuote(line, at + 1, length);
    const hex = byte === BACKSLASH && line[at + 1] === LETTER_X ? hexByte(line, at + 2) : undefined;
    if (hex !== undefined) {
      scratch[length++] = hex;
      at += 4;
    } else if (byte === BACKSLASH && at + 1 < line.length) {
      const escaped = line[at + 1]!;
      scratch[length++] = ESCAPES.get(escaped) ?? escaped;
      at += 2;
    } else {
      scratch[length++] = byte;
      at++;
    }
  }
  return undefined;
}

function readSingle(line: Buffer, start: number, scratch: Buffer, written: number): Word | undefined {
  let length = written;
  let at = start;
  while (at < line.length) {
    const byte = line[at]!;
    if (byte === SINGLE_QUOTE) return closeQuote(line, at + 1, length);
    if (byte === BACKSLASH && line[at + 1] === SINGLE_QUOTE) at++;
    scratch[length++] = line[at]!;
    at++;
  }
  return undefined;
}

function hexByte(line: Buffer, at: number): number | undefined {
  const high = hexDigit(line[at]);
  const low = hexDigit(line[at + 1]);
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : undefined;
}
