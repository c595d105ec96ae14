/** Feeds a framer with a stream cut in any way, and tells what came out. */
import { Framer, type BulkRoute, type Bypass } from '../../dist/resp/framer.js';
import { DEFAULT_RESP_LIMITS, type RespLimits } from '../../dist/resp/limits.js';
import { RequestParser } from '../../dist/resp/parser.js';

export interface FeedOptions {
  limits?: Partial<RespLimits>;
  authenticated?: boolean;
  /** Where large bulks go. */
  route?: BulkRoute;
}

/** Requests as arrays of latin1 strings, by-passed bulks with their bytes, and how the stream ended. */
export type Outcome = string[] | { route: string; bytes: string; length: number } | { fatal: string } | 'hangup';

export interface Fed {
  outcomes: Outcome[];
  midRequest: boolean;
  /** Largest heap memory the framer admitted to, in bytes, after `next` had nothing more. */
  heapBytesMax: number;
}

/** A by-passed bulk, whose rest comes over the socket. */
class Away {
  remaining: number;
  readonly #bypass: Bypass;
  readonly #bytes: Buffer[];

  constructor(bypass: Bypass) {
    this.#bypass = bypass;
    this.#bytes = [...bypass.parts];
    this.remaining = bypass.remaining;
  }

  get outcome(): Outcome {
    const { route, length } = this.#bypass;
    return { route, bytes: Buffer.concat(this.#bytes).toString('latin1'), length };
  }

  /** Returns what of the chunk comes after the bulk. */
  take(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.remaining);
    if (this.#bypass.route === 'sink') this.#bytes.push(part);
    this.remaining -= part.length;
    return chunk.subarray(part.length);
  }
}

/** The rest of a by-passed bulk is taken from the chunks here, as the socket layer would. */
export function feed(chunks: readonly Buffer[], options: FeedOptions = {}): Fed {
  const limits = { ...DEFAULT_RESP_LIMITS, ...options.limits };
  const framer = new Framer(limits, new RequestParser(), () => options.route ?? 'gather');
  framer.authenticated = options.authenticated ?? true;
  const outcomes: Outcome[] = [];
  let away: Away | undefined;
  let heapBytesMax = 0;

  const pull = () => {
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
      if (Array.isArray(frame)) outcomes.push(frame.map((arg) => arg.toString('latin1')));
      else if (frame.kind === 'fatal') outcomes.push({ fatal: frame.text });
      else if (frame.kind === 'hangup') outcomes.push('hangup');
      else away = new Away(frame);
      if (away?.remaining === 0) land();
    }
  };
  const land = () => {
    outcomes.push(away!.outcome);
    away = undefined;
    framer.bypassed();
  };
  for (const chunk of chunks) {
    const rest = away?.take(chunk) ?? chunk;
    if (away?.remaining === 0) land();
    framer.push(rest);
    pull();
    heapBytesMax = Math.max(heapBytesMax, framer.heapBytes);
  }
  return { outcomes, midRequest: framer.midRequest, heapBytesMax };
}

/** The stream whole, byte by byte, and in two at every place: each is a way the network may cut it. */
export function* everyCut(stream: Buffer): Generator<Buffer[]> {
  yield [stream];
  yield Array.from(stream, (_byte, at) => stream.subarray(at, at + 1));
  for (let at = 1; at < stream.length; at++) yield [stream.subarray(0, at), stream.subarray(at)];
}

export const request = (...args: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${args.length}\r\n`),
    ...args.flatMap((arg) => {
      const bytes = typeof arg === 'string' ? Buffer.from(arg, 'latin1') : arg;
      return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')];
    }),
  ]);
