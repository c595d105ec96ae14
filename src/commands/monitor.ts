import { OK, type Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import type { Context } from './context.js';

function monitor({ session, server }: Context): Reply {
  server.monitor(session, true);
  return OK;
}

export const monitorCommand: Command = {
  name: 'monitor',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi'],
  categories: ['@admin', '@slow', '@dangerous'],
  summary: 'Sends a line for every command the server runs, until RESET.',
  complexity: 'Every command of every client costs more while somebody monitors.',
  since: '1.0.0',
  group: 'server',
  arguments: [],
  reply: 'OK, then lines such as `1339518083.107412 [0 127.0.0.1:60866] "GET" "x"`',
  notes: `Passwords are struck out, commands of administration left out; arguments above 4 KiB are cut, and a payload that goes straight into a segment
shows its length. The limits for slow receivers are those of SUBSCRIBE.`,
  handler: monitor,
};
