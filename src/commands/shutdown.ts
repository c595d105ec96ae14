import { FabricError } from '../errors.js';
import { NONE } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { syntaxError } from './refusals.js';

const OPTIONS: ReadonlySet<string> = new Set(['NOSAVE', 'SAVE', 'NOW', 'FORCE', 'ABORT']);

/** All options but ABORT mean the same here: there is nothing to save, sealed variables stay in shared memory. */
function shutdown(context: Context, args: readonly Buffer[]): Reply {
  const options = args.slice(1).map((arg) => arg.toString('latin1').toUpperCase());
  const contradiction = options.includes('SAVE') && options.includes('NOSAVE');
  const abort = options.includes('ABORT');
  if (options.some((option) => !OPTIONS.has(option)) || contradiction || (abort && options.length > 1)) {
    throw syntaxError();
  }
  if (abort) throw new FabricError('ERR', 'No shutdown in progress.');
  context.log.info({ client: context.session.remoteAddress }, 'shutdown asked for');
  context.server.shutdown();
  return NONE;
}

export const shutdownCommand: Command = {
  name: 'shutdown',
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  categories: ['@admin', '@slow', '@dangerous'],
  summary: 'Stops the server; sealed variables stay in shared memory for the next start.',
  complexity: 'O(N) for N connections',
  since: '1.0.0',
  group: 'server',
  arguments: [
    {
      name: 'save-selector',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'nosave', type: 'pure-token', token: 'NOSAVE' },
        { name: 'save', type: 'pure-token', token: 'SAVE' },
      ],
    },
    { name: 'now', type: 'pure-token', token: 'NOW', optional: true },
    { name: 'force', type: 'pure-token', token: 'FORCE', optional: true },
    { name: 'abort', type: 'pure-token', token: 'ABORT', optional: true },
  ],
  reply: 'nothing; the connection closes',
  notes:
    'Pending replies are sent first, for at most `times.drain-ms`. `datafabric purge` removes what stays in /dev/shm.',
  handler: shutdown,
};
