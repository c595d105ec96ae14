/**
 * Redis' glob patterns over bytes: `*`, `?`, `[abc]`, `[a-z]`, `[^x]`, `\` before a byte taken literally. An unclosed class ends with the
 * pattern, as in Redis.
 */

/** A literal byte, the set of bytes a class admits (256 flags), or a wildcard. */
type Token = number | Uint8Array;

const ANY_BYTE = -1;
const ANY_RUN = -2;

const BACKSLASH = 0x5c;
const CARET = 0x5e;
const CLOSE = 0x5d;
const DASH = 0x2d;
const OPEN = 0x5b;
const QUESTION = 0x3f;
const STAR = 0x2a;

export interface GlobOptions {
  /** ASCII letters match in either case. */
  ignoreCase?: boolean;
}

/** Compiles a pattern once; the matcher takes at most pattern × name steps, whatever the pattern. */
export function globMatcher(pattern: Buffer, options: GlobOptions = {}): (name: Buffer) => boolean {
  const ignoreCase = options.ignoreCase ?? false;
  const tokens = compile(ignoreCase ? lowered(pattern) : pattern);
  if (tokens.length === 1 && tokens[0] === ANY_RUN) return () => true;
  return ignoreCase ? (name) => matches(tokens, lowered(name)) : (name) => matches(tokens, name);
}

function lowered(bytes: Buffer): Buffer {
  const result = Buffer.from(bytes);
  for (let at = 0; at < result.length; at++) {
    const byte = result[at]!;
    if (byte >= 0x41 && byte <= 0x5a) result[at] = byte | 0x20;
  }
  return result;
}

function compile(pattern: Buffer): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < pattern.length) {
    const byte = pattern[at]!;
    if (byte === STAR) {
      if (tokens.at(-1) !== ANY_RUN) tokens.push(ANY_RUN);
      at++;
    } else if (byte === QUESTION) {
      tokens.push(ANY_BYTE);
      at++;
    } else if (byte === OPEN) {
      const admitted = new Uint8Array(256);
      at = compileClass(pattern, at + 1, admitted);
      tokens.push(admitted);
    } else if (byte === BACKSLASH && at + 1 < pattern.length) {
      tokens.push(pattern[at + 1]!);
      at += 2;
    } else {
      tokens.push(byte);
      at++;
    }
  }
  return tokens;
}

/** Fills `admitted` from the class whose content starts at `at`; returns the index after it. */
function compileClass(pattern: Buffer, at: number, admitted: Uint8Array): number {
  const negated = pattern[at] === CARET;
  if (negated) at++;
  while (at < pattern.length && pattern[at] !== CLOSE) {
    const left = pattern.length - at;
    if (pattern[at] === BACKSLASH && left >= 2) {
      admitted[pattern[at + 1]!] = 1;
      at += 2;
    } else if (left >= 3 && pattern[at + 1] === DASH) {
      const [from, to] = [pattern[at]!, pattern[at + 2]!];
      admitted.fill(1, Math.min(from, to), Math.max(from, to) + 1);
      at += 3;
    } else {
      admitted[pattern[at]!] = 1;
      at++;
    }
  }
  if (negated) for (let byte = 0; byte < 256; byte++) admitted[byte] = 1 - admitted[byte]!;
  return at + 1;
}

function admits(token: Token, byte: number): boolean {
  return typeof token === 'number' ? token === byte || token === ANY_BYTE : token[byte] === 1;
}

/** Only the last `*` seen is ever tried again: an earlier one can't help where a later one failed. */
function matches(tokens: readonly Token[], name: Buffer): boolean {
  let token = 0;
  let at = 0;
  let retryToken = -1;
  let retryAt = 0;
  while (at < name.length) {
    const current = tokens[token];
    if (current === ANY_RUN) {
      retryToken = ++token;
      retryAt = at;
    } else if (current !== undefined && admits(current, name[at]!)) {
      token++;
      at++;
    } else if (retryToken >= 0) {
      token = retryToken;
      at = ++retryAt;
    } else {
      return false;
    }
  }
  while (tokens[token] === ANY_RUN) token++;
  return token === tokens.length;
}
