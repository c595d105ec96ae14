/** Strict parsing of command arguments; every refusal is an ERR with a sentence that says what is allowed. */
import { FabricError } from '../errors.js';

export interface IntegerLimits {
  min: number;
  max: number;
  /** How the sentence calls the argument: `length`, `COUNT`. */
  what: string;
}

const INTEGER = /^(?:0|-?[1-9][0-9]{0,15})$/;
/** Longest decimal form of a safe integer, with its sign. */
const INTEGER_CHARACTERS_MAX = 17;
/** How much of a wrong argument an error shows. */
const SHOWN_BYTES_MAX = 64;

/** Shows a user's bytes in a sentence: cut, and on one line. */
export function quoted(arg: Buffer): string {
  const cut = arg.length > SHOWN_BYTES_MAX;
  const text = arg.toString('utf8', 0, Math.min(arg.length, SHOWN_BYTES_MAX)).replace(/\p{Cc}/gu, ' ');
  return `'${text}${cut ? '…' : ''}'`;
}

/** The integer in canonical decimal form, or undefined: no `+`, no leading zeros, no spaces, nothing beyond 2^53 - 1. */
export function integerOf(arg: Buffer): number | undefined {
  if (arg.length === 0 || arg.length > INTEGER_CHARACTERS_MAX) return undefined;
  const text = arg.toString('latin1');
  if (!INTEGER.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

export function parseInteger(arg: Buffer, { min, max, what }: IntegerLimits): number {
  const value = integerOf(arg);
  if (value === undefined || value < min || value > max) {
    throw new FabricError('ERR', `${what} must be an integer from ${min} to ${max}, not ${quoted(arg)}`);
  }
  return value;
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;
}

/** Walks what follows the positional arguments. Keywords are case-insensitive. */
export class ArgumentReader {
  readonly #args: readonly Buffer[];
  #at: number;

  constructor(args: readonly Buffer[], start: number) {
    this.#args = args;
    this.#at = start;
  }

  /** Arguments left. */
  get left(): number {
    return Math.max(0, this.#args.length - this.#at);
  }

  done(): boolean {
    return this.left === 0;
  }

  /** The next argument in upper case, without taking it; undefined at the end. */
  keyword(): string | undefined {
    return this.#args[this.#at]?.toString('latin1').toUpperCase();
  }

  /** Takes the next argument if it is this keyword (upper case). */
  take(keyword: string): boolean {
    if (this.keyword() !== keyword) return false;
    this.#at++;
    return true;
  }

  /** Takes the next argument; `what` names it when it is missing. */
  next(what: string): Buffer {
    const arg = this.#args[this.#at];
    if (arg === undefined) throw new FabricError('ERR', `syntax error: ${what} is missing at the end`);
    this.#at++;
    return arg;
  }

  integer(what: string, min: number, max: number): number {
    return parseInteger(this.next(what), { min, max, what });
  }

  /** Refuses the next argument; `expected` says what may stand there: words, or a phrase. */
  fail(expected: string | readonly string[]): never {
    const allowed = typeof expected === 'string' ? expected : alternatives(expected);
    const arg = this.#args[this.#at];
    const found = arg === undefined ? 'the end of the command' : quoted(arg);
    throw new FabricError('ERR', `syntax error: expected ${allowed}, not ${found}`);
  }
}
