/** `fixed_bytes[…]` and `fixed_string[…]`. */
import type { Encoding, FixedBytesNode, FixedStringNode } from './ast.js';
import { integerOf } from './integer.js';
import { ALIGN_MAX } from './limits.js';
import { problemAt } from './problem.js';
import type { Tokens } from './tokens.js';

/** DyND's spellings. */
const ENCODINGS: Readonly<Record<Encoding, readonly string[]>> = {
  ascii: ['ascii', 'A', 'us-ascii'],
  ucs2: ['ucs2', 'ucs-2', 'ucs_2'],
  utf8: ['utf8', 'U8', 'utf-8', 'utf_8'],
  utf16: ['utf16', 'U16', 'utf-16', 'utf_16'],
  utf32: ['utf32', 'U32', 'utf-32', 'utf_32'],
};

export function parseFixedBytes(tokens: Tokens, column: number): FixedBytesNode {
  tokens.expectSymbol('[', "'[' and a size: fixed_bytes[16]");
  const bytes = integerOf(tokens.take(), 1, 'the size in bytes');
  let align = 1;
  if (tokens.takeSymbol(',')) {
    if (tokens.takeName('align')) tokens.expectSymbol('=');
    const token = tokens.take();
    align = integerOf(token, 1, 'the alignment in bytes');
    if (align > ALIGN_MAX || (align & (align - 1)) !== 0 || bytes % align !== 0) {
      throw problemAt(
        token.column,
        `found alignment ${align}, expected a power of two up to ${ALIGN_MAX} that divides the size ${bytes}`,
      );
    }
  }
  tokens.expectSymbol(']', align === 1 ? "',' or ']'" : "']'");
  return { kind: 'fixed_bytes', bytes, align, column };
}

export function parseFixedString(tokens: Tokens, column: number): FixedStringNode {
  tokens.expectSymbol('[', "'[' and a size: fixed_string[16]");
  const size = integerOf(tokens.take(), 1, 'the size in code units');
  const encoding = tokens.takeSymbol(',') ? parseEncoding(tokens) : 'utf8';
  tokens.expectSymbol(']');
  return { kind: 'fixed_string', size, encoding, column };
}

function parseEncoding(tokens: Tokens): Encoding {
  const { kind, text } = tokens.next;
  for (const [encoding, spellings] of Object.entries(ENCODINGS) as [Encoding, readonly string[]][]) {
    if (kind === 'string' && spellings.includes(text)) {
      tokens.take();
      return encoding;
    }
  }
  return tokens.fail("one of 'ascii', 'ucs2', 'utf8', 'utf16', 'utf32'");
}
