/** META.COMMIT, REPOSITORY, LABEL and LABELS: several documents at once, and the states they were in. */
import { FabricError } from '../errors.js';
import { versionText } from '../meta/version.js';
import { record, type Reply } from '../resp/reply.js';
import { ArgumentReader, parseInteger, quoted } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { metaReading, metaWriting, parseVersion, versionArgument, versionsReply, wordOf } from './meta-records.js';

const COMMIT_KEYS_MAX = 1000;

async function commit(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const count = parseInteger(args[1]!, { min: 1, max: COMMIT_KEYS_MAX, what: 'n' });
  const reader = new ArgumentReader(args, 2);
  const values = new Map<string, Buffer>();
  for (let at = 0; at < count; at++) {
    const key = reader.next('key');
    if (values.has(wordOf(key))) throw new FabricError('ERR', `the key ${quoted(key)} is there twice`);
    values.set(wordOf(key), reader.next('value'));
  }
  let condition: number | undefined;
  let message: string | undefined;
  while (!reader.done()) {
    if (reader.take('IF')) condition = parseVersion(reader.next('repository version'));
    else if (reader.take('MESSAGE')) message = reader.next('text').toString();
    else reader.fail(['IF', 'MESSAGE']);
  }
  const committed = await (await context.meta()).commit(values, { condition, message });
  for (const [key, version] of committed.keys) context.metaWatch.wrote(key, version);
  context.metaWatch.wrote('repository', committed.version);
  return record({ version: versionText(committed.version), keys: versionsReply(committed.keys) });
}

async function repository({ meta }: Context, args: readonly Buffer[]): Promise<Reply> {
  const found = await (await meta()).repository(args[1] && wordOf(args[1]));
  if (found === undefined) return null;
  const { version, message, keys } = found;
  return record({ version: versionText(version), message, keys: versionsReply(keys) });
}

async function label({ meta }: Context, args: readonly Buffer[]): Promise<Reply> {
  return versionText(await (await meta()).label(wordOf(args[1]!), args[2] && wordOf(args[2])));
}

async function labels({ meta }: Context): Promise<Reply> {
  return versionsReply(await (await meta()).labels());
}

export const commitCommands: readonly Command[] = [
  {
    ...metaWriting,
    name: 'meta.commit',
    arity: -4,
    everyName: true,
    summary: "Makes several documents' next versions, all of them or none.",
    complexity: 'O(N+M) for N keys and M others, each a look into the store',
    arguments: [
      { name: 'n', type: 'integer' },
      {
        name: 'document',
        type: 'block',
        multiple: true,
        arguments: [
          { name: 'key', type: 'string' },
          { name: 'value', type: 'string' },
        ],
      },
      { name: 'repository-version', type: 'string', token: 'IF', optional: true },
      { name: 'text', type: 'string', token: 'MESSAGE', optional: true },
    ],
    reply: 'map: version keys{key: version}',
    notes: `A commit is a version of the key \`repository\`, which names every key's version; nobody sees one of its documents before the others. With IF it is
made only upon that repository version, else \`CONFLICT\`. At most ${COMMIT_KEYS_MAX} documents.

\`\`\`
> META.COMMIT 2 schema "{x: int64}" owner "alice" MESSAGE "wider"
1# "version" => "00000000"
2# "keys" => 1# "owner" => "00000000"
             2# "schema" => "00000002"
\`\`\``,
    handler: commit,
  },
  {
    ...metaReading,
    name: 'meta.repository',
    arity: -1,
    everyName: true,
    summary: "Answers a repository version: every key's version after a commit.",
    complexity: 'O(N) for N keys',
    arguments: [versionArgument],
    reply: 'map: version message keys{key: version} | null',
    notes: 'The current one, or `version`: 8 hex digits, or a label.',
    handler: repository,
  },
  {
    ...metaWriting,
    name: 'meta.label',
    arity: -2,
    everyName: true,
    summary: 'Names a repository version.',
    complexity: 'O(N) for N labels',
    arguments: [{ name: 'name', type: 'string' }, versionArgument],
    reply: 'version',
    notes: `The current one, or \`version\`: 8 hex digits, or another label. The name stands for it wherever a version is asked for, and compaction keeps what it
needs. A label may be moved.`,
    handler: label,
  },
  {
    ...metaReading,
    name: 'meta.labels',
    arity: 1,
    everyName: true,
    summary: 'Lists the labels.',
    complexity: 'O(N) for N labels',
    arguments: [],
    reply: 'map: label to repository version',
    handler: labels,
  },
];
