/** A part of a value: GETRANGE, and SUBSTR as it was called once. */
import type { Reply } from '../resp/reply.js';
import { integerOf } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { FIRST_KEY } from './fabric-records.js';
import { bytesReply } from './fabric-replies.js';
import { notAnInteger } from './refusals.js';

const NOTHING = Buffer.alloc(0);

function parseIndex(arg: Buffer): number {
  const index = integerOf(arg);
  if (index === undefined) throw notAnInteger();
  return index;
}

function getRange({ fabric }: Context, args: readonly Buffer[]): Reply {
  const [start, end] = [parseIndex(args[2]!), parseIndex(args[3]!)];
  const length = fabric.readers.length(args[1]!) ?? 0;
  if (length === 0 || (start < 0 && end < 0 && start > end)) return NOTHING;
  const fromStart = (index: number) => Math.max(0, index < 0 ? length + index : index);
  const [first, last] = [fromStart(start), Math.min(fromStart(end), length - 1)];
  if (first > last) return NOTHING;
  return bytesReply(fabric.readers.bytes(args[1]!, { offset: first, length: last - first + 1 }));
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
  handler: getRange,
} as const satisfies Partial<Command>;

export const getRangeCommand: Command = {
  ...common,
  name: 'getrange',
  summary: 'Sends the bytes from one index to another, both included; negative ones count from the end.',
};

export const substrCommand: Command = { ...common, name: 'substr', summary: 'As GETRANGE.' };
