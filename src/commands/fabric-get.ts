/** Over the socket, for clients on another machine: GET, PULL. */
import type { Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { takeRange } from './fabric-insert-arguments.js';
import { forwarded } from './elsewhere.js';
import { fabricCommon, FIRST_KEY, nameArgument, nodeOption } from './fabric-records.js';
import { bytesReply, placedReply } from './fabric-replies.js';

function get({ fabric }: Context, args: readonly Buffer[]): Reply {
  const reader = new ArgumentReader(args, 2);
  const range = reader.done() ? undefined : takeRange(reader);
  if (!reader.done()) reader.fail('nothing after the length');
  return bytesReply(fabric.readers.bytes(args[1]!, range));
}

function pull(context: Context, args: readonly Buffer[]): Reply {
  const { fabric } = context;
  const reader = new ArgumentReader(args, 2);
  if (reader.take('NODE')) fabric.requireOwnNode(reader.next('node'));
  if (!reader.done()) reader.fail(['NODE']);
  const entry = fabric.readers.find(args[1]!);
  return entry === undefined ? null : placedReply(context, entry);
}

export const getCommand: Command = {
  ...fabricCommon,
  name: 'fabric.get',
  arity: -2,
  flags: ['readonly'],
  keys: FIRST_KEY,
  categories: ['@fabric', '@read', '@slow'],
  summary: "Sends a variable's bytes over the socket.",
  complexity: 'O(N) for N bytes',
  arguments: [
    nameArgument,
    {
      name: 'range',
      type: 'block',
      optional: true,
      arguments: [
        { name: 'offset', type: 'integer' },
        { name: 'length', type: 'integer' },
      ],
    },
  ],
  reply: 'bytes | null',
  notes: `For clients on another machine; on this one FABRIC.PTR spares the copy. The variable stays as it is until its bytes are sent. A range
that reaches beyond the end is refused.`,
  handler: forwarded(get),
};

export const pullCommand: Command = {
  ...fabricCommon,
  name: 'fabric.pull',
  arity: -2,
  flags: ['write'],
  keys: { ...FIRST_KEY, access: 'read' },
  categories: ['@fabric', '@write', '@slow'],
  summary: 'Brings a replica of a variable to a node.',
  complexity: 'O(1) when it is there already',
  arguments: [nameArgument, nodeOption],
  reply: 'placements | null',
  notes:
    'Without NODE: to the node asked. On a cluster of one every variable is there already, so this only says where.',
  handler: pull,
};
