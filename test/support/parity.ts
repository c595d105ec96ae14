import { fileURLToPath } from 'node:url';
import { categorised, sameRequests, shapedRequests } from './parity-requests.js';
import { sequencesOf, type Step } from './parity-sequences.js';
import { RawClient, rawReplies, type RawReply } from './raw-resp.js';

/** What Redis 7.0.15 answered, one answer a line. */
export const RECORD = fileURLToPath(new URL('../../test/commands/redis-7.0.15.jsonl', import.meta.url));

export interface Answer {
  request: readonly string[];
  protocol: 2 | 3;
  /** Only the types count. */
  shaped: boolean;
  reply: RawReply;
}

const PROTOCOLS = [2, 3] as const;

async function answer(port: number, request: readonly string[], protocol: 2 | 3, shaped: boolean): Promise<Answer> {
  const requests = protocol === 3 ? [['HELLO', '3'], request] : [request];
  const closing = request[0] === 'QUIT' ? 1 : 0;
  const replies = await rawReplies(port, requests, requests.length + closing);
  const reply = closing === 1 ? ['>', ...replies.slice(-2)] : replies.at(-1)!;
  return { request, protocol, shaped, reply: shaped ? shapeOf(reply) : reply };
}

/** Name, arity and ACL categories, of which the order doesn't count. */
async function categories(port: number, protocol: 2 | 3): Promise<Answer> {
  const request = ['COMMAND', 'INFO', ...categorised];
  const { reply } = await answer(port, request, protocol, false);
  const entries = (reply as readonly RawReply[]).slice(1).map((entry) => {
    const [, name, arity, , , , , set] = entry as readonly RawReply[];
    return [name!, arity!, ...(set as readonly string[]).slice(1).toSorted()];
  });
  return { request, protocol, shaped: true, reply: entries };
}

/** What differs from run to run: the time and the address in MONITOR's lines. */
const neutral = (reply: RawReply): RawReply =>
  typeof reply === 'string' ? reply.replace(/^\+\d+\.\d{6} \[0 \S+\]/, '+time [0 address]') : reply.map(neutral);

/** The replies after each step. */
async function conversation(port: number, steps: readonly Step[], protocol: 2 | 3): Promise<Answer> {
  const clients = [new RawClient(port), new RawClient(port)] as const;
  const replies: RawReply[] = [];
  if (protocol === 3) for (const client of clients) await client.ask(['HELLO', '3'], 1);
  for (const { connection, words, replies: count } of steps) {
    replies.push((await clients[connection - 1]!.ask(words, count)).map(neutral));
  }
  for (const client of clients) await client.end();
  await rawReplies(port, [['FLUSHALL']], 1);
  return {
    request: steps.map(({ connection, words }) => [connection, ...words].join(' ')),
    protocol,
    shaped: false,
    reply: replies,
  };
}

/** Each request on a connection of its own, one after the other: some of them change the server. */
export async function answers(port: number): Promise<Answer[]> {
  const all: Answer[] = [];
  for (const protocol of PROTOCOLS) {
    for (const request of sameRequests) all.push(await answer(port, request, protocol, false));
    for (const request of shapedRequests) all.push(await answer(port, request, protocol, true));
    all.push(await categories(port, protocol));
    for (const steps of sequencesOf(protocol)) all.push(await conversation(port, steps, protocol));
  }
  return all;
}

/** A scalar's type; of an aggregate the types in it, each once. Labels of a map stay, unless they map to empty aggregates. */
function shapeOf(reply: RawReply): RawReply {
  if (typeof reply === 'string') return reply.charAt(0);
  const [type, ...items] = reply as readonly [string, ...RawReply[]];
  if (type === '%') return [type, ...items.map((item, index) => (index % 2 === 0 ? item : outline(item)))];
  const shapes = new Map(items.map((item) => [JSON.stringify(outline(item)), outline(item)]));
  return [
    type,
    ...[...shapes.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, shape]) => shape),
  ];
}

/** Aggregates inside may be empty in one server and filled in the other. */
const outline = (item: RawReply): RawReply => (typeof item === 'string' ? item.charAt(0) : [item[0]!]);
