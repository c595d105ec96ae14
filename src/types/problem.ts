import { FabricError } from '../errors.js';

const SHOWN_CHARACTERS_MAX = 40;

/** Text as a sentence shows it: on one line, cut, in quotes. */
export function shown(text: string): string {
  const cut = text.length > SHOWN_CHARACTERS_MAX;
  const head = text.slice(0, SHOWN_CHARACTERS_MAX).replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
  return `'${head}${cut ? '…' : ''}'`;
}

/** TYPE at a 1-based column of the type's text. */
export function problemAt(column: number, what: string): FabricError {
  return new FabricError('TYPE', `bad type at column ${column}: ${what}`);
}
