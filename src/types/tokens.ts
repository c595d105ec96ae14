/** The words of the datashape language. White space and comments from `#` to the end of the line separate them. */
import { problemAt, shown } from './problem.js';

export interface Token {
  kind: 'name' | 'integer' | 'string' | 'symbol' | 'end';
  /** As written; for strings, what the quotes mean. */
  text: string;
  /** 1-based. */
  column: number;
}

const SPACE = /(?:[ \t\r\n\f\v]|#[^\n]*)*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const DIGITS = /[0-9]+/y;
const SYMBOL = /\.\.\.|->|\*\*|[*,:=?()[\]{}]/y;
const PLAIN = /[^'"\\]+/y;
const ESCAPE = /\\(?:(["'\\/bfnrt])|u([0-9a-fA-F]{4})|U(0010[0-9a-fA-F]{4}|000[0-9a-fA-F]{5}))/y;
const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Reads one token at a time, so that a wrong one at the start costs nothing for the rest. */
export class Tokens {
  readonly #text: string;
  #at = 0;
  #next: Token;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#read();
  }

  /** The next token, left in place. */
  get next(): Token {
    return this.#next;
  }

  take(): Token {
    const token = this.#next;
    this.#next = this.#read();
    return token;
  }

  /** Takes the next token if it is this symbol. */
  takeSymbol(symbol: string): boolean {
    if (!this.atSymbol(symbol)) return false;
    this.take();
    return true;
  }

  /** Takes the next token if it is this word, unquoted. */
  takeName(name: string): boolean {
    if (this.#next.kind !== 'name' || this.#next.text !== name) return false;
    this.take();
    return true;
  }

  /** True before this symbol, which stays in place. */
  atSymbol(symbol: string): boolean {
    return this.#next.kind === 'symbol' && this.#next.text === symbol;
  }

  expectSymbol(symbol: string, expected = `'${symbol}'`): void {
    if (!this.takeSymbol(symbol)) this.fail(expected);
  }

  /** Refuses the next token. */
  fail(expected: string): never {
    throw problemAt(this.#next.column, `found ${describe(this.#next)}, expected ${expected}`);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at += match[0].length;
    return match;
  }

  #read(): Token {
    this.#match(SPACE);
    const column = this.#at + 1;
    const first = this.#text[this.#at];
    if (first === undefined) return { kind: 'end', text: '', column };
    if (first === "'" || first === '"') return { kind: 'string', text: this.#quoted(first), column };
    const name = this.#match(NAME);
    if (name !== null) return { kind: 'name', text: name[0], column };
    const digits = this.#match(DIGITS);
    if (digits !== null) return { kind: 'integer', text: digits[0], column };
    const symbol = this.#match(SYMBOL);
    if (symbol !== null) return { kind: 'symbol', text: symbol[0], column };
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    throw problemAt(column, `found ${shown(character)}, which no type contains outside quotes`);
  }

  #quoted(quote: string): string {
    const start = this.#at;
    this.#at++;
    let value = '';
    for (;;) {
      const plain = this.#match(PLAIN);
      if (plain !== null) value += plain[0];
      const character = this.#text[this.#at];
      if (character === undefined) throw problemAt(start + 1, `the quote ${quote} has no end`);
      if (character === '\\') {
        value += this.#escape();
      } else {
        this.#at++;
        if (character === quote) return value;
        value += character;
      }
    }
  }

  #escape(): string {
    const column = this.#at + 1;
    const match = this.#match(ESCAPE);
    if (match === null) {
      const found = this.#text.slice(this.#at, this.#at + 2);
      throw problemAt(
        column,
        `found ${shown(found)}, expected one of \\" \\' \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX \\UXXXXXXXX`,
      );
    }
    const [, single, short, long] = match;
    if (single !== undefined) return ESCAPED[single] ?? single;
    return String.fromCodePoint(parseInt(short ?? long!, 16));
  }
}

function describe(token: Token): string {
  return token.kind === 'end' ? 'the end of the type' : shown(token.text);
}
