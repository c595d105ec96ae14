/** Bytes to a server and back, as they are: for requests that no client library would send. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import { parseReply, type RawReply } from './raw-resp.js';

export class RawClient {
  readonly socket: Socket;
  #received: Buffer[] = [];
  /** Chunks that `#rest` lacks. */
  #fresh: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);
  readonly #replies: RawReply[] = [];
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.socket.on('data', (chunk) => {
      this.#received.push(chunk);
      this.#fresh.push(chunk);
      this.#wake();
    });
    // A reset is an end too: what had come before is kept.
    this.socket.on('error', () => undefined);
    const close = () => {
      this.#closed = true;
      this.#wake();
    };
    this.socket.on('end', close).on('close', close);
  }

  /** The server has closed its side. */
  get closed(): boolean {
    return this.#closed;
  }

  get received(): Buffer {
    const all = Buffer.concat(this.#received);
    this.#received = [all];
    return all;
  }

  /** Resolves when the kernel has taken the bytes, or the connection is gone. */
  async send(bytes: Buffer | string): Promise<void> {
    if (this.#closed || this.socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () => resolve());
    });
  }

  /** Resolves when the server has closed its side; `end` closes ours first. */
  async untilClosed({ end = true } = {}): Promise<Buffer> {
    if (end && !this.socket.destroyed) this.socket.end();
    while (!this.#closed) await this.#change();
    this.socket.destroy();
    return this.received;
  }

  /** That many replies, in order from the beginning, or as many as there were when the server closed. */
  async replies(count: number): Promise<RawReply[]> {
    for (;;) {
      this.#parse();
      if (this.#replies.length >= count || this.#closed) return this.#replies;
      await this.#change();
    }
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #parse(): void {
    if (this.#fresh.length === 0) return;
    const { replies, rest } = parseReplies(Buffer.concat([this.#rest, ...this.#fresh.splice(0)]));
    this.#rest = rest;
    for (const reply of replies) this.#replies.push(reply);
  }
}

/** A connection that is gone with its test. */
export async function rawClient(t: ExecutionContext, port: number): Promise<RawClient> {
  const client = new RawClient(port);
  t.teardown(() => client.destroy());
  await once(client.socket, 'connect');
  return client;
}

/** The whole replies at the front of what was received, and what follows them. Throws when that can't be RESP. */
export function parseReplies(bytes: Buffer): { replies: RawReply[]; rest: Buffer } {
  const replies: RawReply[] = [];
  let at = 0;
  for (let parsed = parseReply(bytes, at); parsed !== undefined; parsed = parseReply(bytes, at)) {
    replies.push(parsed.reply);
    at = parsed.end;
  }
  return { replies, rest: bytes.subarray(at) };
}
