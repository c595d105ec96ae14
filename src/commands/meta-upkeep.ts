/** META.COMPACT and FSCK: what an operator does now and then. */
import type { Finding } from '../meta/check.js';
import { record, type Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { documentArgument, DOCUMENT_KEY, metaWriting, wordOf } from './meta-records.js';

const KEEP_MAX = 2 ** 32;

async function compact({ meta }: Context, args: readonly Buffer[]): Promise<Reply> {
  const reader = new ArgumentReader(args, 2);
  if (!reader.take('KEEP')) reader.fail(['KEEP']);
  const keep = reader.integer('KEEP', 1, KEEP_MAX);
  if (!reader.done()) reader.fail('the end of the command');
  return (await meta()).compact(wordOf(args[1]!), keep);
}

async function fsck({ meta }: Context, args: readonly Buffer[]): Promise<Reply> {
  const reader = new ArgumentReader(args, 1);
  const clean = reader.take('CLEAN');
  if (!reader.done()) reader.fail(['CLEAN']);
  const { keys, versions, bytes, damaged, orphans, cleaned } = await (await meta()).check(clean);
  const [wrong, left] = [damaged.map(findingReply), orphans.map(findingReply)];
  return record({ keys, versions, bytes, damaged: wrong, orphans: left, cleaned });
}

const findingReply = ({ key, version, what }: Finding): Reply => record({ key, version: version ?? null, what });

export const upkeepCommands: readonly Command[] = [
  {
    ...metaWriting,
    name: 'meta.compact',
    arity: 4,
    keys: DOCUMENT_KEY,
    summary: "Removes a document's old versions.",
    complexity: 'O(N+M) for N versions and M repository versions',
    arguments: [documentArgument, { name: 'n', type: 'integer', token: 'KEEP' }],
    reply: 'how many were removed',
    notes: `Keeps the newest n, and those that a repository version names. \`META.COMPACT repository KEEP n\` first removes repository versions, except labelled
ones. Of a removed version the value goes; its header of 64 bytes stays, so that no version is ever made twice.`,
    handler: compact,
  },
  {
    ...metaWriting,
    name: 'meta.fsck',
    arity: -1,
    everyName: true,
    summary: 'Reads every version there is and says what is damaged, or left of commits that came to nothing.',
    complexity: 'O(N) for N bytes of all versions',
    arguments: [{ name: 'clean', type: 'pure-token', token: 'CLEAN', optional: true }],
    reply: 'map: keys versions bytes damaged[map: key version what, …] orphans[map: key version what, …] cleaned',
    notes: `CLEAN removes the values of orphans: versions of commits that lost, and of those that nobody has finished for an hour, by the clock of their writer;
such a commit is ended first, so that it can't count any more. A younger one may be on its way, and is left alone. Nothing that is damaged is removed, nor any object that isn't META's.`,
    handler: fsck,
  },
];
