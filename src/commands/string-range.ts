/** A part of a value: GETRANGE, and SUBSTR as it was called once. */
import type { Reply } from '../resp/reply.js';
import { integerOf } from '../util/args.js';
import type { Copy } from '../cluster/peer-messages.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { orElsewhere } from './elsewhere.js';
import { FIRST_KEY } from './fabric-records.js';
import { bytesReply } from './fabric-replies.js';
import { notAnInteger } from './refusals.js';
import { remoteBytes, type Range } from './remote-bytes.js';

const NOTHING = Buffer.alloc(0);

function parseIndex(arg: Buffer): number {
  const index = integerOf(arg);
  if (index === undefined) throw notAnInteger();
  return index;
}

/** Undefined: no bytes of so many. */
function rangeOf(args: readonly Buffer[], length: number): Range | undefined {
  const [start, end] = [parseIndex(args[2]!), parseIndex(args[3]!)];
  if (length === 0 || (start < 0 && end < 0 && start > end)) return undefined;
  const fromStart = (index: number) => Math.max(0, index < 0 ? length + index : index);
  const [first, last] = [fromStart(start), Math.min(fromStart(end), length - 1)];
  return first > last ? undefined : { offset: first, length: last - first + 1 };
}

function getRange({ fabric }: Context, args: readonly Buffer[]): Reply {
  const entry = fabric.readers.find(args[1]!);
  const range = rangeOf(args, entry === undefined ? 0 : fabric.readers.lengthOf(entry));
  return entry === undefined || range === undefined ? NOTHING : bytesReply(fabric.readers.bytesOf(entry, range));
}

function remoteRange(context: Context, [copy]: readonly Copy[], args: readonly Buffer[]): Reply | Promise<Reply> {
  const range = rangeOf(args, copy!.length);
  return range === undefined ? NOTHING : remoteBytes(context, copy!, range);
}

const common = {
  arity: 4,
  flags: ['readonly'],
  keys: FIRST_KEY,
  categories: ['@read', '@string', '@slow'],
  complexity: 'O(N) for N bytes sent',
  since: '0.1.0',
  group: 'string',
  arguments: [
    { name: 'key', type: 'key' },
    { name: 'start', type: 'integer' },
    { name: 'end', type: 'integer' },
  ],
  reply: 'bytes; none for a missing variable',
  handler: orElsewhere(getRange, remoteRange),
} as const satisfies Partial<Command>;

export const getRangeCommand: Command = {
  ...common,
  name: 'getrange',
  summary: 'Sends the bytes from one index to another, both included; negative ones count from the end.',
};

export const substrCommand: Command = { ...common, name: 'substr', summary: 'As GETRANGE.' };
