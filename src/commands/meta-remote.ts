/** META.REMOTE: other repositories, and what travels between them and this one. */
import { addRemote, transferWith, type Direction, type Reach } from '../meta/remote.js';
import type { TransferConflict } from '../meta/transfer-report.js';
import { versionText } from '../meta/version.js';
import { OK, record, type Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { atMetaHost } from './meta-host.js';
import { metaWriting, wordOf } from './meta-records.js';
import { requireRemotes } from './permission.js';

const VERBS = ['ADD', 'LIST', 'REMOVE', 'PULL', 'PUSH'] as const;

async function remote(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const reader = new ArgumentReader(args, 1);
  const verb =
    VERBS.find((word) => reader.take(word)) ??
    reader.fail(['ADD name url', 'LIST', 'REMOVE name', 'PULL name', 'PUSH name']);
  const name = verb === 'LIST' ? '' : wordOf(reader.next('name'));
  const url = verb === 'ADD' ? wordOf(reader.next('url')) : '';
  if (!reader.done()) reader.fail('the end of the command');
  const meta = await context.meta();
  switch (verb) {
    case 'LIST':
      return { kind: 'map', entries: [...(await meta.remotes.list())] };
    case 'REMOVE':
      await meta.remotes.remove(name);
      return OK;
    case 'ADD':
      requireRemotes(context);
      await addRemote(meta, { name, url }, reachOf(context));
      return OK;
    case 'PULL':
      return transfer(context, name, 'pull');
    case 'PUSH':
      return transfer(context, name, 'push');
  }
}

const reachOf = ({ config: { meta } }: Context): Reach => ({
  roots: meta.remoteRoots,
  credentials: meta,
});

/** Who asks is known here; the node that has the store knows only that another asks. */
const REACHING: ReadonlySet<string> = new Set(['ADD', 'PULL', 'PUSH']);
const remoteAtHost = atMetaHost(remote);

function remoteForClient(context: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  if (REACHING.has(args[1]!.toString('latin1').toUpperCase())) requireRemotes(context);
  return remoteAtHost(context, args);
}

async function transfer(context: Context, name: string, direction: Direction): Promise<Reply> {
  requireRemotes(context);
  const report = await transferWith(await context.meta(), { name, direction, ...reachOf(context) });
  context.metaWatch.nudge();
  const { keys, versions, bytes, repository, labels, conflicts } = report;
  return record({
    keys,
    versions,
    bytes,
    repository: textOf(repository),
    labels,
    conflicts: conflicts.map((conflict) => conflictReply(conflict, direction)),
  });
}

function conflictReply({ key, from, to, first, what }: TransferConflict, direction: Direction): Reply {
  const [ours, theirs] = direction === 'pull' ? [to, from] : [from, to];
  return record({ key, ours: textOf(ours), theirs: textOf(theirs), first: versionText(first), what });
}

const textOf = (version: number | undefined) => (version === undefined ? null : versionText(version));

export const remoteCommands: readonly Command[] = [
  {
    ...metaWriting,
    categories: [...metaWriting.categories, '@admin', '@dangerous'],
    name: 'meta.remote',
    arity: -2,
    everyName: true,
    summary: 'Brings versions from another repository, or into one.',
    complexity: 'O(N+M) for N keys and M versions that travel',
    arguments: [
      {
        name: 'what',
        type: 'oneof',
        arguments: [
          {
            name: 'add',
            type: 'block',
            token: 'ADD',
            arguments: [
              { name: 'name', type: 'string' },
              { name: 'url', type: 'string' },
            ],
          },
          { name: 'list', type: 'pure-token', token: 'LIST' },
          { name: 'remove', type: 'string', token: 'REMOVE' },
          { name: 'pull', type: 'string', token: 'PULL' },
          { name: 'push', type: 'string', token: 'PUSH' },
        ],
      },
    ],
    reply:
      'OK | map: name to url | map: keys versions bytes repository labels conflicts[map: key ours theirs first what, …]',
    notes: `ADD names another repository: \`posix:///folder\`, \`s3://bucket/prefix?endpoint=http://host:port&region=name\` or \`webhdfs://host:9870/folder?user=name\`,
each with \`repository=name\` when it isn't called as this one. Credentials don't belong there: for S3 they are those of \`meta.credentials_file\`, or of the server's environment. LIST tells those
there are, REMOVE forgets one.

PULL brings what that one has beyond this one: versions of keys, repository versions and labels. PUSH is the other way round. A key whose versions differ on
both sides is a conflict: it is reported with the newest versions of both, and the first that differs, and left as it is; so is each
repository version that names such a version, with what is part of it. Without conflicts, the repository version in the reply can be read on both sides, with
the same keys and versions. When a PULL is ended, however it be, the next one goes on from there.

ADD, PULL and PUSH need \`+@dangerous\`, because they lead the server to other machines; folders must be beneath one of \`meta.remote_roots\`.`,
    handler: remoteForClient,
  },
];
