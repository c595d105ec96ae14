/** A server to be attacked, and what must be true of it all the while. */
import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { request } from '../resp/feeding.js';
import { parseReplies, RawClient } from '../support/raw-client.js';
import type { RawReply } from '../support/raw-resp.js';
import { startServer, type ServerOptions, type TestServer } from '../support/server.js';

const KIB = 1024;

export class Target {
  readonly server: TestServer;
  #witness: RawClient | undefined;
  #asked = 0;

  constructor(server: TestServer) {
    this.server = server;
  }

  /** Another client's request and its reply, on one connection that stays. */
  async ask(...words: readonly (string | Buffer)[]): Promise<RawReply> {
    if (this.#witness === undefined || this.#witness.closed) {
      this.#witness = new RawClient(this.server.port);
      this.#asked = 0;
    }
    const number = this.#asked++;
    await this.#witness.send(request(...words));
    return (await this.#witness.replies(number + 1))[number] ?? 'closed';
  }

  /** One connection: each chunk is in the server's hands before the next is sent. Everything it answers up to its end. */
  async play(chunks: readonly Buffer[]): Promise<Buffer> {
    return (await this.playAll([chunks]))[0]!;
  }

  /** The same with several connections side by side. */
  async playAll(conversations: readonly (readonly Buffer[])[]): Promise<Buffer[]> {
    const clients = conversations.map(() => new RawClient(this.server.port));
    const turns = Math.max(...conversations.map((chunks) => chunks.length));
    for (let turn = 0; turn < turns; turn++) {
      await Promise.all(clients.map((client, i) => client.send(conversations[i]![turn] ?? Buffer.alloc(0))));
      // What lies in its sockets is read before, or in the same turn as, a later request of somebody else.
      if (turn + 1 < turns) await this.ask('PING');
    }
    return Promise.all(clients.map((client) => client.untilClosed()));
  }

  /** Bytes of memory that are the server's own: not shared, and not the pages of its program files. */
  memory(): number {
    const status = readFileSync(`/proc/${this.server.pid}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)![1]) * KIB;
  }

  /** Free bytes of each segment. */
  async freeBytes(): Promise<Map<string, number>> {
    const segments = (await this.ask('FABRIC.SEGMENTS')) as readonly RawReply[];
    return new Map(
      segments.slice(1).map((segment) => {
        const fields = segment as readonly string[];
        const field = (label: string) => fields[fields.indexOf(`$${label}`) + 1]!.slice(1);
        return [field('shared_id'), Number(field('free_bytes'))];
      }),
    );
  }

  /** It serves, stores and gives back, and nothing unexpected stands in its log. */
  async assertWell(t: ExecutionContext): Promise<void> {
    t.is(await this.ask('PING'), '+PONG');
    const stored = await this.ask('FABRIC.INSERT', 'witness', '', 'bytes', 'REPLACE', 'BYTES', 'alive');
    t.is(stored[0], '*', JSON.stringify(stored));
    t.is(await this.ask('GET', 'witness'), '$alive');
    t.is(await this.ask('DEL', 'witness'), ':1');
    t.notRegex(this.server.output(), /unexpected/, 'a fault of ours');
  }

  /** The same free bytes as before, once what was given up has rested. */
  async assertFree(t: ExecutionContext, before: ReadonlyMap<string, number>): Promise<void> {
    const deadline = Date.now() + 20_000;
    let now = await this.freeBytes();
    while (!sameBytes(before, now) && Date.now() < deadline) now = await this.freeBytes();
    t.deepEqual(now, new Map(before));
  }
}

const sameBytes = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>) =>
  a.size === b.size && [...a].every(([segment, bytes]) => b.get(segment) === bytes);

/** Short times, so that what is given up comes back while the test runs. */
const QUICK = { quarantine_ms: 0, pin_linger_ms: 0, reserve_linger_ms: 0, restart_grace_ms: 0 };

export async function startTarget(t: ExecutionContext, options: ServerOptions = {}): Promise<Target> {
  const { config = {} } = options;
  return new Target(await startServer(t, { ...options, config: { ...config, times: { ...QUICK, ...config.times } } }));
}

/** Throws when it is anything but whole replies. */
export function wellFormed(bytes: Buffer): RawReply[] {
  const { replies, rest } = parseReplies(bytes);
  if (rest.length > 0)
    throw new Error(`the replies end in the midst of one: ${JSON.stringify(rest.toString('latin1'))}`);
  return replies;
}

export const isError = (reply: RawReply): reply is string => typeof reply === 'string' && reply.startsWith('-');
