import { problemAt, shown } from './problem.js';
import type { Token } from './tokens.js';

/** A decimal from `min` to 2^53 - 1, without leading zeros. `what` names it in the error. */
export function integerOf(token: Token, min: number, what: string): number {
  const { kind, text, column } = token;
  const value = kind === 'integer' && /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= min) return value;
  const found = kind === 'end' ? 'the end of the type' : shown(text);
  throw problemAt(column, `found ${found}, expected ${what}: an integer from ${min} to 2^53 - 1`);
}
