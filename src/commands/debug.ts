import { FabricError } from '../errors.js';
import type { Command } from './command.js';

/** The first sentence is that of Redis, by which clients' test suites know that they can't use it. */
function refuse(): never {
  throw new FabricError(
    'ERR',
    'DEBUG command not allowed. This server has none: FABRIC.INFO, FABRIC.SEGMENTS and INFO show its inside',
  );
}

export const debugCommand: Command = {
  name: 'debug',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['@admin', '@slow', '@dangerous'],
  summary: 'Refused: there is nothing to debug this way.',
  complexity: 'O(1)',
  since: '1.0.0',
  group: 'server',
  arguments: [{ name: 'argument', type: 'string', multiple: true }],
  reply: 'an error',
  handler: refuse,
};
