import { FabricError } from '../errors.js';
import { OK } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import type { Command, CommandFlag } from './command.js';
import { getParameters } from './config-get.js';
import { setParameters } from './config-set.js';
import type { Context } from './context.js';
import { helpCommand } from './help.js';

const common = {
  flags: ['admin', 'noscript', 'loading', 'stale'] as readonly CommandFlag[],
  categories: ['@admin', '@slow', '@dangerous'],
  group: 'server',
} as const;

function resetStatistics({ server, fabric }: Context): Reply {
  server.collectCounts();
  server.metrics.reset();
  fabric.counters.reset();
  return OK;
}

function rewrite({ config }: Context): Reply {
  if (config.path === undefined) throw new FabricError('ERR', 'The server is running without a config file');
  throw new FabricError(
    'ERR',
    `the server never writes its config file: edit ${config.path}; what CONFIG SET changed lasts until the server stops`,
  );
}

const subcommands: readonly Command[] = [
  {
    ...common,
    name: 'config|get',
    arity: -3,
    summary: 'Answers the parameters whose names match.',
    complexity: 'O(N) for N parameters and patterns',
    since: '2.0.0',
    arguments: [{ name: 'parameter', type: 'pattern', multiple: true }],
    reply: 'map: parameter to value',
    notes:
      'Every key of the config file is a parameter (`clients_max` in `[limits]` is `limits.clients-max`), and so are the names of ' +
      'Redis which mean something here (`maxclients`, `save`, `timeout` …). The password is not shown.',
    handler: getParameters,
  },
  {
    ...common,
    name: 'config|set',
    arity: -4,
    summary: 'Changes parameters until the server stops; all of them or none.',
    complexity: 'O(N) for N parameters',
    since: '2.0.0',
    arguments: [
      {
        name: 'data',
        type: 'block',
        multiple: true,
        arguments: [
          { name: 'parameter', type: 'string' },
          { name: 'value', type: 'string' },
        ],
      },
    ],
    reply: 'OK',
    notes: 'Parameters that fix the layout of shared memory, listeners and paths are refused: they need a restart.',
    handler: setParameters,
  },
  {
    ...common,
    name: 'config|resetstat',
    arity: 2,
    summary: 'Sets the counters of INFO to zero.',
    complexity: 'O(1)',
    since: '2.0.0',
    arguments: [],
    reply: 'OK',
    handler: resetStatistics,
  },
  {
    ...common,
    name: 'config|rewrite',
    arity: 2,
    summary: 'Refused: the server never writes its config file.',
    complexity: 'O(1)',
    since: '2.8.0',
    arguments: [],
    reply: 'an error',
    handler: rewrite,
  },
  helpCommand('config', '5.0.0'),
];

export const configCommand: Command = {
  ...common,
  name: 'config',
  arity: -2,
  flags: [],
  categories: ['@slow'],
  summary: 'Parameters of the running server.',
  complexity: 'Depends on the subcommand.',
  since: '2.0.0',
  arguments: [],
  reply: 'as its subcommands',
  subcommands,
};
