/**
 * Cuts a byte stream into requests. It validates every digit and limit before anything is allocated, takes time linear in the bytes
 * however they are split, and its memory is bounded by its limits and by what its owner lets queue up.
 *
 * The owner pulls: `push` chunks, then call `next` until it returns undefined. Between two calls it may execute the request,
 * so that what a request changes (authentication, QUIT) holds for the very next one of the same chunk.
 */
import { ChunkQueue } from './chunks.js';
import { GrowingBuffer } from './growing-buffer.js';
import { UNCOUNTED, type Holdings } from './holdings.js';
import { splitInline } from './inline.js';
import { parseLength } from './integer.js';
import { ARGUMENT_OVERHEAD_BYTES, type RespLimits } from './limits.js';
import type { RequestParser } from './parser.js';
import { scanFrames } from './scan.js';

/** Where a large bulk goes: into the argument array, to the owner, or nowhere. */
export type BulkRoute = 'gather' | 'sink' | 'discard';

/**
 * Asked when a header announces a bulk longer than `askBytes`: `before` are the arguments so far, `index` is this one's of `count`. Must not
 * throw.
 */
export type OnBulk = (before: readonly Buffer[], index: number, count: number, length: number) => BulkRoute;

/** A large bulk that is not gathered; its place in the arguments is taken by an empty one. */
export interface Bypass {
  readonly kind: 'bypass';
  readonly route: 'sink' | 'discard';
  /** Of the whole bulk. */
  readonly length: number;
  /** The first bytes of the bulk, those already received; none for `discard`. */
  readonly parts: readonly Buffer[];
  /** Bytes the owner has yet to receive elsewhere; when not 0, it then calls `bypassed`. */
  readonly remaining: number;
}

/** The stream can't be followed any further: answer `text`, then close. */
export interface Fatal {
  readonly kind: 'fatal';
  readonly text: string;
}

/** An HTTP client, perhaps lured here by a web page: close without an answer. */
export interface Hangup {
  readonly kind: 'hangup';
}

/** A request's arguments, or an event. */
export type Frame = Buffer[] | Bypass | Fatal | Hangup;

type Phase = 'start' | 'line' | 'line-end' | 'bulk' | 'bulk-end' | 'away' | 'over';
type Line = 'inline' | 'count' | 'length';

const STAR = 0x2a;
const DOLLAR = 0x24;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const LINE_END_BYTES = 2;
/** Redis' own bound on argument counts, beyond which a number is not one. */
const COUNT_MAX = 2 ** 31 - 1;
const LINE_FIRST_BYTES = 64;
const HTTP_WORDS: ReadonlySet<string> = new Set(['post', 'host:']);
const EMPTY = Buffer.alloc(0);
const HANGUP: Hangup = { kind: 'hangup' };
const TOO_MUCH_HELD = 'the unfinished requests of all clients are too big together';
const TOO_LONG: Readonly<Record<Line, string>> = {
  inline: 'too big inline request',
  count: 'too big mbulk count string',
  length: 'too big bulk count string',
};

export class Framer {
  /** False: the limits before authentication hold. Their owner sets it after each request. */
  authenticated = true;

  readonly #limits: RespLimits;
  readonly #parser: RequestParser;
  readonly #onBulk: OnBulk;
  readonly #holdings: Holdings;
  readonly #chunks = new ChunkQueue();

  /** Requests of the fast path's last run, and how many of them have been handed out. */
  #ready: Buffer[][] = [];
  #readyAt = 0;

  #phase: Phase = 'start';
  #lineKind: Line = 'inline';
  /** The beginning of a line that is split over chunks. */
  #lineBegun: GrowingBuffer | undefined;
  /** A header line whose last byte is still to come. */
  #line: Buffer = EMPTY;
  #args: Buffer[] = [];
  #argsExpected = 0;
  /** Heap memory announced by the request so far. */
  #requestBytes = 0;
  #route: BulkRoute = 'gather';
  #bulkLength = 0;
  #bulkBegun: GrowingBuffer | undefined;
  #lineEndMissing = 0;

  /** `holdings` are told of requests that come in pieces; those which a chunk has whole are handed out at once. */
  constructor(limits: RespLimits, parser: RequestParser, onBulk: OnBulk, holdings: Holdings = UNCOUNTED) {
    this.#limits = limits;
    this.#parser = parser;
    this.#onBulk = onBulk;
    this.#holdings = holdings;
  }

  /** True when a request has begun and not yet been handed out whole. */
  get midRequest(): boolean {
    return this.#phase !== 'start' && this.#phase !== 'over';
  }

  /** True when `next` has nothing to work on. */
  get drained(): boolean {
    return this.#readyAt === this.#ready.length && this.#chunks.bytes === 0;
  }

  /** Heap memory of the bytes received and not yet handed out, about. */
  get heapBytes(): number {
    return this.#chunks.heapBytes + (this.#bulkBegun?.length ?? 0) + (this.#lineBegun?.length ?? 0);
  }

  push(chunk: Buffer): void {
    if (this.#phase !== 'over') this.#chunks.push(chunk);
  }

  /** The rest of the by-passed bulk has been received. */
  bypassed(): void {
    if (this.#phase === 'away') this.#endBulk(EMPTY);
  }

  /** Forgets everything; nothing more is handed out. */
  stop(): void {
    this.#phase = 'over';
    this.#chunks.clear();
    this.#ready = [];
    this.#readyAt = 0;
    this.#args = [];
    this.#bulkBegun = undefined;
    this.#lineBegun = undefined;
    this.#holdings.release();
  }

  next(): Frame | undefined {
    if (this.#readyAt < this.#ready.length) return this.#ready[this.#readyAt++];
    for (;;) {
      const chunk = this.#chunks.current;
      if (chunk === undefined) return undefined;
      let frame: Frame | undefined;
      switch (this.#phase) {
        case 'start':
          frame = this.#begin(chunk);
          break;
        case 'line':
          frame = this.#readLine(chunk);
          break;
        case 'line-end':
          this.#chunks.skip(1);
          frame = this.#readHeader();
          break;
        case 'bulk':
          frame = this.#readBulk();
          break;
        case 'bulk-end':
          frame = this.#readBulkEnd();
          break;
        case 'away':
        case 'over':
          return undefined;
      }
      if (frame !== undefined) return frame;
    }
  }

  #begin(chunk: Buffer): Frame | undefined {
    const start = this.#chunks.offset;
    const multibulk = chunk[start] === STAR;
    if (multibulk && this.authenticated) {
      const end = scanFrames(chunk, start, this.#limits);
      if (end > start) return this.#decode(chunk, start, end);
    }
    this.#lineKind = multibulk ? 'count' : 'inline';
    this.#phase = 'line';
    return undefined;
  }

  #decode(chunk: Buffer, start: number, end: number): Buffer[] | undefined {
    this.#ready = this.#parser.decode(chunk.subarray(start, end));
    this.#readyAt = 1;
    this.#chunks.skip(end - start);
    return this.#ready[0];
  }

  #readLine(chunk: Buffer): Frame | undefined {
    const start = this.#chunks.offset;
    const inline = this.#lineKind === 'inline';
    const found = chunk.indexOf(inline ? LINE_FEED : CARRIAGE_RETURN, start);
    const end = found < 0 ? chunk.length : found;
    const begun = this.#lineBegun;
    if ((begun?.length ?? 0) + end - start > this.#limits.lineBytesMax) return this.#fatal(TOO_LONG[this.#lineKind]);
    const part = chunk.subarray(start, end);
    this.#chunks.skip(end - start + (found < 0 ? 0 : 1));
    if (found < 0) {
      this.#lineBegun ??= new GrowingBuffer(this.#limits.lineBytesMax, LINE_FIRST_BYTES);
      this.#lineBegun.append(part);
      return undefined;
    }
    begun?.append(part);
    const line = begun?.view() ?? part;
    this.#lineBegun = undefined;
    if (inline) return this.#readInline(line);
    this.#line = line;
    this.#phase = 'line-end';
    return undefined;
  }

  #readInline(line: Buffer): Frame | undefined {
    this.#phase = 'start';
    const words = splitInline(line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line);
    if (words === undefined) return this.#fatal('unbalanced quotes in request');
    const first = words[0];
    if (first === undefined) return undefined;
    if (!HTTP_WORDS.has(first.toString('latin1').toLowerCase())) return words;
    this.stop();
    return HANGUP;
  }

  #readHeader(): Fatal | undefined {
    const line = this.#line;
    this.#line = EMPTY;
    return this.#lineKind === 'count' ? this.#readCount(line) : this.#readLength(line);
  }

  #readCount(line: Buffer): Fatal | undefined {
    const count = parseLength(line, 1);
    if (count === undefined || count > COUNT_MAX) return this.#fatal('invalid multibulk length');
    if (!this.authenticated && count > this.#limits.unauthenticatedArgumentsMax) {
      return this.#fatal('unauthenticated multibulk length');
    }
    if (count > this.#limits.argumentsMax) return this.#fatal('invalid multibulk length');
    if (count <= 0) {
      this.#phase = 'start';
      return undefined;
    }
    this.#args = [];
    this.#argsExpected = count;
    this.#requestBytes = 0;
    this.#lineKind = 'length';
    this.#phase = 'line';
    return undefined;
  }

  #readLength(line: Buffer): Fatal | undefined {
    if (line[0] !== DOLLAR) {
      return this.#fatal(`expected '$', got '${String.fromCharCode(line[0] ?? CARRIAGE_RETURN)}'`);
    }
    const length = parseLength(line, 1);
    if (length === undefined || length < 0 || length > this.#limits.bulkBytesMax) {
      return this.#fatal('invalid bulk length');
    }
    if (!this.authenticated && length > this.#limits.unauthenticatedBulkBytesMax) {
      return this.#fatal('unauthenticated bulk length');
    }
    this.#route =
      length > this.#limits.askBytes
        ? this.#onBulk(this.#args, this.#args.length, this.#argsExpected, length)
        : 'gather';
    this.#requestBytes += ARGUMENT_OVERHEAD_BYTES + (this.#route === 'gather' ? length : 0);
    if (this.#requestBytes > this.#limits.requestBytesMax) return this.#fatal('too big request');
    if (!this.#holdings.hold(ARGUMENT_OVERHEAD_BYTES)) return this.#fatal(TOO_MUCH_HELD);
    this.#bulkLength = length;
    if (length === 0) this.#endBulk(EMPTY);
    else this.#phase = 'bulk';
    return undefined;
  }

  #readBulk(): Bypass | Fatal | undefined {
    if (this.#route !== 'gather') return this.#bypass(this.#route);
    const begun = this.#bulkBegun;
    const part = this.#chunks.take(begun?.missing ?? this.#bulkLength) ?? EMPTY;
    if (!this.#holdings.hold(part.length)) return this.#fatal(TOO_MUCH_HELD);
    if (begun === undefined && part.length === this.#bulkLength) {
      this.#endBulk(part);
      return undefined;
    }
    const gathered = begun ?? new GrowingBuffer(this.#bulkLength);
    gathered.append(part);
    this.#bulkBegun = gathered;
    if (gathered.missing === 0) this.#endBulk(gathered.view());
    return undefined;
  }

  #bypass(route: 'sink' | 'discard'): Bypass {
    const parts: Buffer[] = [];
    let remaining = this.#bulkLength;
    while (remaining > 0) {
      const part = this.#chunks.take(remaining);
      if (part === undefined) break;
      remaining -= part.length;
      if (route === 'sink') parts.push(part);
    }
    if (remaining === 0) this.#endBulk(EMPTY);
    else this.#phase = 'away';
    return { kind: 'bypass', route, length: this.#bulkLength, parts, remaining };
  }

  #endBulk(bulk: Buffer): void {
    this.#bulkBegun = undefined;
    this.#args.push(bulk);
    this.#lineEndMissing = LINE_END_BYTES;
    this.#phase = 'bulk-end';
  }

  /** As in Redis, any two bytes end a bulk. */
  #readBulkEnd(): Buffer[] | undefined {
    this.#lineEndMissing -= this.#chunks.take(this.#lineEndMissing)?.length ?? 0;
    if (this.#lineEndMissing > 0) return undefined;
    if (this.#args.length < this.#argsExpected) {
      this.#phase = 'line';
      return undefined;
    }
    this.#phase = 'start';
    this.#holdings.release();
    const args = this.#args;
    this.#args = [];
    return args;
  }

  #fatal(text: string): Fatal {
    this.stop();
    return { kind: 'fatal', text: `ERR Protocol error: ${text}` };
  }
}
