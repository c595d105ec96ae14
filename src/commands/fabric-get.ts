/** Over the socket, for clients on another machine: GET, PULL. */
import { canonicalName } from '../fabric/names.js';
import type { Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { takeRange } from './fabric-insert-arguments.js';
import { atNode, orElsewhere } from './elsewhere.js';
import { fabricCommon, FIRST_KEY, nameArgument, nodeOption, rangeArgument } from './fabric-records.js';
import { bytesReply, placedReply, placementsReply } from './fabric-replies.js';
import { remoteBytes, type Range } from './remote-bytes.js';

function rangeOf(args: readonly Buffer[]): Range | undefined {
  const reader = new ArgumentReader(args, 2);
  const range = reader.done() ? undefined : takeRange(reader);
  if (!reader.done()) reader.fail('nothing after the length');
  return range;
}

const get = ({ fabric }: Context, args: readonly Buffer[]): Reply =>
  bytesReply(fabric.readers.bytes(args[1]!, rangeOf(args)));

async function pull(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const { fabric, cluster } = context;
  const name = args[1]!;
  if (cluster === undefined) return hereOrNull(context, name);
  if (fabric.readers.find(name) === undefined && !(await cluster.pull(canonicalName(name)))) return null;
  const copies = await cluster.find(canonicalName(name));
  return copies.length === 0 ? null : placementsReply(copies);
}

function hereOrNull(context: Context, name: Buffer): Reply {
  const entry = context.fabric.readers.find(name);
  return entry === undefined ? null : placedReply(context, entry);
}

function nodeOf(args: readonly Buffer[]): Buffer | undefined {
  const reader = new ArgumentReader(args, 2);
  const node = reader.take('NODE') ? reader.next('node') : undefined;
  if (!reader.done()) reader.fail(['NODE']);
  return node;
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
  arguments: [nameArgument, rangeArgument],
  reply: 'bytes | null',
  notes: `For clients on another machine; on this one FABRIC.PTR spares the copy. The variable stays as it is until its bytes are sent. A range
that reaches beyond the end is refused.`,
  handler: orElsewhere(get, (context, [copy], args) => remoteBytes(context, copy!, rangeOf(args))),
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
    'Without NODE: to the node asked. What is there already stays, so this only says where. The replica is a variable like the others: FABRIC.DELETE removes all of them.',
  handler: atNode(nodeOf, pull),
};
