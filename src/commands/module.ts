import { record } from '../resp/reply.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { helpCommand } from './help.js';
import { MODULE_NAME, moduleVersion } from './version.js';

/** As HELLO and MODULE LIST show it. */
export const moduleRecord = ({ server }: Context) =>
  record({ name: MODULE_NAME, ver: moduleVersion(server.version), path: '', args: [] });

export const moduleCommand: Command = {
  name: 'module',
  arity: -2,
  flags: [],
  categories: ['@slow'],
  summary: 'Modules of the server.',
  complexity: 'Depends on the subcommand.',
  since: '4.0.0',
  group: 'server',
  arguments: [],
  reply: 'as its subcommands',
  subcommands: [
    {
      name: 'module|list',
      arity: 2,
      flags: ['admin', 'noscript'],
      categories: ['@admin', '@slow', '@dangerous'],
      summary: 'Lists what would be modules in Redis: this server itself, with its version.',
      complexity: 'O(1)',
      since: '4.0.0',
      group: 'server',
      arguments: [],
      reply: '[map: name ver path args]',
      handler: (context) => [moduleRecord(context)],
    },
    helpCommand('module', '5.0.0'),
  ],
};
