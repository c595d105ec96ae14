import type { Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import { globMatcher } from '../util/glob.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { listEverywhere } from './everywhere.js';
import { fabricCommon } from './fabric-records.js';
import { bothMatch } from './name-patterns.js';
import { visibleNames } from './permission.js';

const COUNT_DEFAULT = 1000;
const COUNT_MAX = 100_000;

async function list({ fabric, cluster, session }: Context, args: readonly Buffer[]): Promise<Reply> {
  let cursor = 0;
  let count = COUNT_DEFAULT;
  let matches: ((name: Buffer) => boolean) | undefined;
  const reader = new ArgumentReader(args, 1);
  while (!reader.done()) {
    if (reader.take('CURSOR')) cursor = reader.integer('CURSOR', 0, Number.MAX_SAFE_INTEGER);
    else if (reader.take('MATCH')) matches = globMatcher(reader.next('pattern'));
    else if (reader.take('COUNT')) count = reader.integer('COUNT', 1, COUNT_MAX);
    else reader.fail(['CURSOR', 'MATCH', 'COUNT']);
  }
  const page = await listEverywhere(cluster, fabric, {
    cursor,
    count,
    matches: bothMatch(matches, visibleNames(session)),
  });
  return [page.cursor, page.names];
}

export const listCommand: Command = {
  ...fabricCommon,
  name: 'fabric.list',
  arity: -1,
  flags: ['readonly'],
  categories: ['@fabric', '@read', '@slow'],
  summary: 'Lists the names of variables, page by page.',
  complexity: 'O(N) for COUNT N',
  arguments: [
    { name: 'c', type: 'integer', token: 'CURSOR', optional: true },
    { name: 'glob', type: 'pattern', token: 'MATCH', optional: true },
    { name: 'n', type: 'integer', token: 'COUNT', optional: true },
  ],
  reply: '[next cursor, [name, …]]',
  notes: `Ask again with the cursor until it is 0. COUNT (default ${COUNT_DEFAULT}, at most ${COUNT_MAX}) is about how many names are looked at, so with
MATCH a page may be short or empty before the end. What was there from beginning to end is listed; a name may come twice
while others come and go. A variable of the namespace \`default\` is listed without it, one that is reserved and not sealed not at all.

\`\`\`
> FABRIC.LIST MATCH weather/*
1) (integer) 0
2) 1) "weather/seattle"
\`\`\``,
  handler: list,
};
