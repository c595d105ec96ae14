import { placementsReply, waitOf, whileBlocked } from './fabric-replies.js';
import type { Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import { orAwaited } from './awaited.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { fabricCommon, FIRST_KEY, nameArgument, waitOption } from './fabric-records.js';

function waitMsOf(args: readonly Buffer[]): number | undefined {
  const reader = new ArgumentReader(args, 2);
  const ms = reader.take('WAIT') ? reader.integer('WAIT', 0, Number.MAX_SAFE_INTEGER) : undefined;
  if (!reader.done()) reader.fail(['WAIT']);
  return ms;
}

function locate(context: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  const { fabric } = context;
  const found = fabric.readers.use(args[1]!, waitOf(context, waitMsOf(args)), (entry) =>
    placementsReply(fabric.placements.of(entry)),
  );
  return found instanceof Promise ? whileBlocked(context, found).then(orNull) : orNull(found);
}

const orNull = (reply: Reply | undefined): Reply => reply ?? null;

export const locateCommand: Command = {
  ...fabricCommon,
  name: 'fabric.locate',
  arity: -2,
  flags: ['readonly', 'blocking', 'fast'],
  keys: FIRST_KEY,
  categories: ['@fabric', '@read', '@fast', '@blocking'],
  summary: 'Says where a variable is, without pinning it.',
  complexity: 'O(1)',
  arguments: [nameArgument, waitOption],
  reply: '[[node, shared_id, offset, length, xid, generation], …] | null',
  notes: `These are the *placements*. Nothing keeps the bytes there: after a delete or a move they stay unchanged for \`times.quarantine_ms\`, so
copy them within that time, then LOCATE again: when xid and generation are the same, the copy is right. To hold them, use
FABRIC.PTR.

WAIT blocks this client until the name is sealed, at most so many milliseconds; 0 waits as long as the connection
lives. Null when the time ends first.

\`\`\`
> FABRIC.LOCATE greeting
1) 1) "alpha"
   2) "/fabric.alpha.s0001"
   3) (integer) 0
   4) (integer) 5
   5) (integer) 4294967297
   6) (integer) 1
\`\`\``,
  handler: orAwaited(locate, waitMsOf, (_, copies) => placementsReply(copies)),
};
