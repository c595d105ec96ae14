/** Names without a place to begin: KEYS, RANDOMKEY. */
import { FabricError } from '../errors.js';
import { nextTurn, STEP_ITEMS_MAX } from '../fabric/turns.js';
import { BulkArray } from '../resp/bulk-array.js';
import type { Reply } from '../resp/reply.js';
import { globMatcher } from '../util/glob.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { listEverywhere } from './everywhere.js';

/** Gathers, filters and encodes in steps, with other clients between. */
async function keys({ fabric, cluster, config, session }: Context, args: readonly Buffer[]): Promise<Reply> {
  const matches = globMatcher(args[1]!);
  const max = config.limits.outputBufferBytesMax;
  const found = new BulkArray();
  let cursor = 0;
  do {
    const page = await listEverywhere(cluster, fabric, { cursor, count: STEP_ITEMS_MAX, matches });
    for (const name of page.names) found.add(name);
    if (found.bytes > max) {
      throw new FabricError(
        'ERR',
        `the names take more than output_buffer_bytes_max, ${max}: page through them with SCAN`,
      );
    }
    cursor = page.cursor;
    if (cursor !== 0) await nextTurn();
  } while (cursor !== 0 && !session.signal.aborted);
  return found.reply();
}

const common = { since: '0.1.0', group: 'generic' } as const satisfies Partial<Command>;

export const keysCommand: Command = {
  ...common,
  name: 'keys',
  arity: 2,
  flags: ['readonly'],
  everyName: true,
  categories: ['@keyspace', '@read', '@slow', '@dangerous'],
  summary: 'Lists all names that match.',
  complexity: 'O(N) for N variables, in steps with other clients between',
  arguments: [{ name: 'pattern', type: 'pattern' }],
  reply: '[name, …]',
  notes:
    'What was there from beginning to end is listed; a name may come twice while others come and go. For many names SCAN is ' +
    'kinder to the client, too.',
  handler: keys,
};

export const randomKeyCommand: Command = {
  ...common,
  name: 'randomkey',
  arity: 1,
  flags: ['readonly'],
  everyName: true,
  categories: ['@keyspace', '@read', '@slow'],
  summary: 'Answers the name of some variable.',
  complexity: 'O(1)',
  arguments: [],
  reply: 'name | null',
  handler: async ({ fabric, cluster }) => (await (cluster?.lookup.randomName() ?? fabric.randomName())) ?? null,
};
