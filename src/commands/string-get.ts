/** Reading a value: GET, STRLEN. */
import type { Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { orElsewhere } from './elsewhere.js';
import { FIRST_KEY } from './fabric-records.js';
import { bytesReply } from './fabric-replies.js';
import { remoteBytes } from './remote-bytes.js';

const common = {
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: FIRST_KEY,
  categories: ['@read', '@string', '@fast'],
  since: '0.1.0',
  group: 'string',
  arguments: [{ name: 'key', type: 'key' }],
} as const satisfies Partial<Command>;

const get = ({ fabric }: Context, args: readonly Buffer[]): Reply => bytesReply(fabric.readers.bytes(args[1]!));

const strlen = ({ fabric }: Context, args: readonly Buffer[]): Reply => fabric.readers.length(args[1]!) ?? 0;

export const stringGetCommand: Command = {
  ...common,
  name: 'get',
  summary: "Sends a variable's bytes, whatever its type.",
  complexity: 'O(N) for N bytes',
  reply: 'bytes | null',
  handler: orElsewhere(get, (context, [copy]) => remoteBytes(context, copy!)),
};

export const strlenCommand: Command = {
  ...common,
  name: 'strlen',
  summary: 'Answers the length of a variable in bytes, 0 for a missing one.',
  complexity: 'O(1)',
  reply: 'integer',
  handler: orElsewhere(strlen, (_, [copy]) => copy!.length),
};
