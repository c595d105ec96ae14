/** A client that hides nothing: replies with their RESP types, as compact JSON. */
import { connect, type Socket } from 'node:net';

/**
 * Scalars with their type byte in front (`+OK`, `:1`, `$hi`, `-ERR …`, `_`, `$-1`, `*-1`), aggregates as arrays which begin with
 * it (`["*", "$a"]`, `["%", "$label", ":1"]`). `closed` stands for the end of the connection.
 */
export type RawReply = string | readonly RawReply[];

interface Parsed {
  reply: RawReply;
  /** Index after the reply. */
  end: number;
}

/** The first line of a reply, without its end. */
const HEADER = /^(?:[+-][^\r\n]*|[:(]-?\d+|_|#[tf]|,(?:-?[\d.e+-]+|-?inf|nan)|[$*]-1|[$=*~%>](?:0|[1-9]\d*))$/;

function parseItems(bytes: Buffer, at: number, count: number): { items: RawReply[]; end: number } | undefined {
  const items: RawReply[] = [];
  for (let left = count; left > 0; left--) {
    const item = parseReply(bytes, at);
    if (item === undefined) return undefined;
    items.push(item.reply);
    at = item.end;
  }
  return { items, end: at };
}

/** Undefined while the reply is incomplete; throws on what begins none. */
export function parseReply(bytes: Buffer, at: number): Parsed | undefined {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString('latin1', at, lineEnd);
  if (!HEADER.test(line)) throw new Error(`not a reply: ${JSON.stringify(line)}`);
  const type = line.charAt(0);
  const count = Number(line.slice(1));
  const end = lineEnd + 2;
  if ('+-:_#,('.includes(type) || count === -1) return { reply: line, end };
  if ('$='.includes(type)) {
    if (bytes.length < end + count + 2) return undefined;
    if (bytes.toString('latin1', end + count, end + count + 2) !== '\r\n') throw new Error(`no line end after ${line}`);
    return { reply: type + bytes.toString('latin1', end, end + count), end: end + count + 2 };
  }
  const aggregate = parseItems(bytes, end, type === '%' ? count * 2 : count);
  return aggregate && { reply: [type, ...aggregate.items], end: aggregate.end };
}

export function encodeRequest(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word, 'latin1')}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`, 'latin1');
}

/**
 * Sends requests on a connection of their own and answers their replies, `count` of them or up to the end of the connection. By then the
 * server has let go of the connection: a subscription made here doesn't count any more.
 */
export function rawReplies(port: number, requests: readonly (readonly string[])[], count: number): Promise<RawReply[]> {
  return new Promise((resolve, reject) => {
    const replies: RawReply[] = [];
    let received = Buffer.alloc(0);
    const socket: Socket = connect({ port, host: '127.0.0.1' });
    let complete = false;
    socket.on('error', reject);
    socket.on('end', () => {
      if (!complete) replies.push('closed');
    });
    socket.on('close', () => resolve(replies));
    socket.on('data', (chunk) => {
      if (complete) return;
      received = Buffer.concat([received, chunk]);
      for (let parsed = parseReply(received, 0); parsed !== undefined; parsed = parseReply(received, 0)) {
        replies.push(parsed.reply);
        received = received.subarray(parsed.end);
      }
      complete = replies.length >= count;
      if (complete) socket.end();
    });
    socket.write(Buffer.concat(requests.map(encodeRequest)));
  });
}

/** A connection whose replies and messages are taken one after the other. */
export class RawClient {
  readonly #socket: Socket;
  readonly #replies: RawReply[] = [];
  #received = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      for (let parsed = parseReply(this.#received, 0); parsed !== undefined; parsed = parseReply(this.#received, 0)) {
        this.#replies.push(parsed.reply);
        this.#received = this.#received.subarray(parsed.end);
      }
      this.#wake();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#replies.push('closed');
      this.#wake();
    });
  }

  /** Sends a request, unless it has no words, and answers the next `count` replies. */
  async ask(words: readonly string[], count: number): Promise<RawReply[]> {
    if (words.length > 0) this.#socket.write(encodeRequest(words));
    while (this.#replies.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#replies.splice(0, count);
  }

  /** Takes nothing more from the socket. */
  pause(): void {
    this.#socket.pause();
  }

  /** Resolves when the server has let go of the connection too. */
  async end(): Promise<void> {
    this.#socket.end();
    while (!this.#socket.closed) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  close(): void {
    this.#socket.destroy();
  }
}
