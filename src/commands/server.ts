import type { Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { shutdownCommand } from './shutdown.js';

function time(context: Context): Reply {
  const microseconds = Math.floor(context.now() * 1000);
  const seconds = Math.floor(microseconds / 1e6);
  return [String(seconds), String(microseconds - seconds * 1e6)];
}

export const serverCommands: readonly Command[] = [
  {
    name: 'time',
    arity: 1,
    flags: ['loading', 'stale', 'fast'],
    categories: ['@fast'],
    summary: "Answers the server's clock.",
    complexity: 'O(1)',
    since: '2.6.0',
    group: 'server',
    arguments: [],
    reply: '[unix seconds, microseconds]',
    handler: time,
  },
  {
    name: 'lastsave',
    arity: 1,
    flags: ['loading', 'stale', 'fast'],
    categories: ['@admin', '@fast', '@dangerous'],
    summary: 'Answers when the server started: nothing needs saving later.',
    complexity: 'O(1)',
    since: '1.0.0',
    group: 'server',
    arguments: [],
    reply: 'unix seconds',
    handler: ({ server }) => Math.floor(server.startedMs / 1000),
  },
  {
    name: 'role',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    categories: ['@admin', '@fast', '@dangerous'],
    summary: 'Answers the role in replication: always master, without replicas.',
    complexity: 'O(1)',
    since: '2.8.12',
    group: 'server',
    arguments: [],
    reply: '[master, 0, []]',
    handler: () => ['master', 0, []],
  },
  shutdownCommand,
];
