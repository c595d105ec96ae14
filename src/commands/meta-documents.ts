/** META.PUT, GET, HISTORY and KEYS: documents, each by itself. */
import type { Condition } from '../meta/conflict.js';
import type { HistoryEntry } from '../meta/meta.js';
import { versionText } from '../meta/version.js';
import { record, type Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import { globMatcher } from '../util/glob.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import {
  documentArgument,
  DOCUMENT_KEY,
  metaReading,
  metaWriting,
  parseVersion,
  versionArgument,
  wordOf,
} from './meta-records.js';

const HISTORY_DEFAULT = 100;
const HISTORY_MAX = 100_000;

async function put(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const key = wordOf(args[1]!);
  const condition = parseCondition(new ArgumentReader(args, 3));
  const version = await (await context.meta()).put(key, args[2]!, condition);
  context.metaWatch.wrote(key, version);
  return versionText(version);
}

function parseCondition(reader: ArgumentReader): Condition | undefined {
  if (reader.done()) return undefined;
  if (!reader.take('IF')) reader.fail(['IF version', 'IF NONE']);
  const condition = reader.take('NONE') ? 'none' : parseVersion(reader.next('version'));
  if (!reader.done()) reader.fail('the end of the command');
  return condition;
}

async function get({ meta }: Context, args: readonly Buffer[]): Promise<Reply> {
  const found = await (await meta()).get(wordOf(args[1]!), args[2] && wordOf(args[2]));
  return found === undefined ? null : [versionText(found.version), found.value];
}

async function history({ meta }: Context, args: readonly Buffer[]): Promise<Reply> {
  const reader = new ArgumentReader(args, 2);
  let count = HISTORY_DEFAULT;
  while (!reader.done()) {
    if (reader.take('COUNT')) count = reader.integer('COUNT', 1, HISTORY_MAX);
    else reader.fail(['COUNT']);
  }
  return (await (await meta()).history(wordOf(args[1]!), count)).map(historyReply);
}

function historyReply({ version, bytes, crc32c, writer, timeMs }: HistoryEntry): Reply {
  return record({
    version: versionText(version),
    bytes: bytes ?? null,
    crc32c: crc32c ?? null,
    writer: writer ?? null,
    time_ms: timeMs ?? null,
  });
}

async function keys({ meta }: Context, args: readonly Buffer[]): Promise<Reply> {
  const reader = new ArgumentReader(args, 1);
  let matches: (key: Buffer) => boolean = () => true;
  while (!reader.done()) {
    if (reader.take('MATCH')) matches = globMatcher(reader.next('pattern'));
    else reader.fail(['MATCH']);
  }
  return (await (await meta()).keys()).filter((key) => matches(Buffer.from(key)));
}

export const documentCommands: readonly Command[] = [
  {
    ...metaWriting,
    name: 'meta.put',
    arity: -3,
    keys: DOCUMENT_KEY,
    summary: "Makes a document's next version.",
    complexity: 'O(N) for N bytes, and what the store takes to make an object durable',
    arguments: [
      documentArgument,
      { name: 'value', type: 'string' },
      {
        name: 'condition',
        type: 'oneof',
        token: 'IF',
        optional: true,
        arguments: [
          { name: 'version', type: 'string' },
          { name: 'none', type: 'pure-token', token: 'NONE' },
        ],
      },
    ],
    reply: 'version',
    notes: `A key has 1 to 200 letters, digits and hyphens. Versions are written in 8 hex digits and rise; each has one ancestor. \`IF version\` makes the
next one only upon that version, \`IF NONE\` only the first: else \`CONFLICT\` names the current version. Whoever listens to the channel \`__meta__:<key>\`
is told the version, as is whoever's pattern beginning with \`__meta__:\` matches: in order, each once, and within \`meta.watch_ms\` when another process made it.

The keys \`store\`, \`dictionary\` and \`manifest\` take documents of their format only ([meta.md](meta.md#formats)), and \`repository\` none.

When the store gives no answer, the error says that it is unknown whether the version was stored: read the key before you try again.

\`\`\`
> META.PUT schema "{x: int32}"
"00000000"
> META.PUT schema "{x: int64}" IF 00000000
"00000001"
\`\`\``,
    handler: put,
  },
  {
    ...metaReading,
    name: 'meta.get',
    arity: -2,
    keys: DOCUMENT_KEY,
    summary: "Answers a document's current version, or another.",
    complexity:
      'O(N) for N bytes; finding the current one takes a look into the store, however many versions there are',
    arguments: [documentArgument, versionArgument],
    reply: '[version, value] | null',
    notes: `What another process stored before the command is seen, wherever it runs. \`version\` is 8 hex digits, or the label of a repository version: then
the key's version in that is meant.`,
    handler: get,
  },
  {
    ...metaReading,
    name: 'meta.history',
    arity: -2,
    keys: DOCUMENT_KEY,
    summary: "Lists a document's versions, the newest first.",
    complexity: 'O(N) for N versions',
    arguments: [documentArgument, { name: 'n', type: 'integer', token: 'COUNT', optional: true }],
    reply: '[map: version bytes crc32c writer time_ms, …]',
    notes: `COUNT is ${HISTORY_DEFAULT} by default. Versions that compaction removed, or that belong to a commit which came to nothing, aren't listed. A version whose
header is damaged has nulls. \`writer\` is unlike that of any other attempt to write, \`time_ms\` its clock.`,
    handler: history,
  },
  {
    ...metaReading,
    name: 'meta.keys',
    arity: -1,
    everyName: true,
    summary: 'Lists the keys of documents.',
    complexity: 'O(N) for N keys, each a look into the store',
    arguments: [{ name: 'glob', type: 'pattern', token: 'MATCH', optional: true }],
    reply: '[key, …]',
    handler: keys,
  },
];
