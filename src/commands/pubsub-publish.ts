/** Telling what happened, and who hears it: PUBLISH, SPUBLISH, PUBSUB. */
import type { Reply } from '../resp/reply.js';
import { globMatcher } from '../util/glob.js';
import type { Command, CommandFlag, Handler } from './command.js';
import { helpCommand } from './help.js';
import type { ChannelKind } from './pubsub.js';
import { wrongSubcommandArity } from './refusals.js';

const publish =
  (kind: ChannelKind): Handler =>
  ({ server }, args): Reply =>
    server.pubsub.publish(kind, args[1]!, args[2]!);

const channels =
  (kind: ChannelKind): Handler =>
  ({ server }, args): Reply => {
    if (args.length > 3) throw wrongSubcommandArity('pubsub', args[1]!);
    const names = server.pubsub.channels(kind);
    return args[2] === undefined ? names : names.filter(globMatcher(args[2]));
  };

const audiences =
  (kind: ChannelKind): Handler =>
  ({ server }, args): Reply =>
    args.slice(2).flatMap((channel): Reply[] => [channel, server.pubsub.audience(kind, channel)]);

const publishing = {
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast'] as readonly CommandFlag[],
  categories: ['@pubsub', '@fast'],
  complexity: 'O(N+M) for N who hear the channel and M patterns',
  group: 'pubsub',
  reply: 'how many heard it',
} as const satisfies Partial<Command>;

const asking = {
  flags: ['pubsub', 'loading', 'stale'] as readonly CommandFlag[],
  categories: ['@pubsub', '@slow'],
  complexity: 'O(N) for N channels',
  group: 'pubsub',
} as const satisfies Partial<Command>;

export const publishCommands: readonly Command[] = [
  {
    ...publishing,
    name: 'publish',
    summary: 'Sends a message to those who listen to a channel.',
    since: '2.0.0',
    arguments: [
      { name: 'channel', type: 'string' },
      { name: 'message', type: 'string' },
    ],
    notes: 'To know when a variable is there, FABRIC.PTR … WAIT is the better way: it misses nothing.',
    handler: publish('channel'),
  },
  {
    ...publishing,
    name: 'spublish',
    keys: { first: 1, last: 1, step: 1 },
    summary: 'Sends a message to those who listen to a shard channel.',
    since: '7.0.0',
    arguments: [
      { name: 'shardchannel', type: 'string' },
      { name: 'message', type: 'string' },
    ],
    handler: publish('shard'),
  },
];

const subcommands: readonly Command[] = [
  {
    ...asking,
    name: 'pubsub|channels',
    arity: -2,
    summary: 'Lists the channels somebody listens to.',
    since: '2.8.0',
    arguments: [{ name: 'pattern', type: 'pattern', optional: true }],
    reply: '[channel, …]',
    handler: channels('channel'),
  },
  {
    ...asking,
    name: 'pubsub|numpat',
    arity: 2,
    summary: 'Counts the patterns somebody listens to.',
    complexity: 'O(1)',
    since: '2.8.0',
    arguments: [],
    reply: 'integer',
    handler: ({ server }) => server.pubsub.patterns,
  },
  {
    ...asking,
    name: 'pubsub|numsub',
    arity: -2,
    summary: 'Counts who listens to each of the channels, patterns left aside.',
    since: '2.8.0',
    arguments: [{ name: 'channel', type: 'string', optional: true, multiple: true }],
    reply: '[channel, how many, …]',
    handler: audiences('channel'),
  },
  {
    ...asking,
    name: 'pubsub|shardchannels',
    arity: -2,
    summary: 'Lists the shard channels somebody listens to.',
    since: '7.0.0',
    arguments: [{ name: 'pattern', type: 'pattern', optional: true }],
    reply: '[channel, …]',
    handler: channels('shard'),
  },
  {
    ...asking,
    name: 'pubsub|shardnumsub',
    arity: -2,
    summary: 'Counts who listens to each of the shard channels.',
    since: '7.0.0',
    arguments: [{ name: 'shardchannel', type: 'string', optional: true, multiple: true }],
    reply: '[channel, how many, …]',
    handler: audiences('shard'),
  },
  helpCommand('pubsub', '6.2.0'),
];

export const pubsubCommand: Command = {
  name: 'pubsub',
  arity: -2,
  flags: [],
  categories: ['@slow'],
  summary: 'Who listens to what.',
  complexity: 'Depends on the subcommand.',
  since: '2.8.0',
  group: 'pubsub',
  arguments: [],
  reply: 'as its subcommands',
  subcommands,
};
