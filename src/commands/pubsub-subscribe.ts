/** Hearing what is published: SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE and their ends. */
import { FabricError } from '../errors.js';
import { NONE, type Reply } from '../resp/reply.js';
import type { Command, CommandFlag, Handler } from './command.js';
import type { Context } from './context.js';
import { audienceOf } from './meta-channel.js';
import type { SubscriptionKind } from './pubsub.js';

const common = {
  // The confirmations are messages, which have no place in EXEC's reply.
  flags: ['pubsub', 'noscript', 'loading', 'stale', 'no_multi'] as readonly CommandFlag[],
  categories: ['@pubsub', '@slow'],
  group: 'pubsub',
} as const satisfies Partial<Command>;

function requireRoom({ server, session, config }: Context, more: number): void {
  const { channel, pattern, shard } = server.pubsub.tally(session);
  const max = config.limits.subscriptionsMax;
  if (channel + pattern + shard + more <= max) return;
  throw new FabricError('ERR', `a connection may have ${max} subscriptions (limits.subscriptions_max): use a pattern`);
}

const subscribe =
  (kind: SubscriptionKind): Handler =>
  (context, args) => {
    requireRoom(context, args.length - 1);
    const { server, session, metaWatch } = context;
    const names = args.slice(1);
    const enter = () => names.forEach((name) => server.pubsub.subscribe(session, kind, name));
    const documents = audienceOf(kind === 'channel' ? names : [], kind === 'pattern' ? names : []);
    if (documents === undefined) {
      enter();
      return NONE;
    }
    return metaWatch.begin(documents, () => (session.signal.aborted ? undefined : enter())).then(() => NONE);
  };

const unsubscribe =
  (kind: SubscriptionKind): Handler =>
  ({ server, session }, args): Reply => {
    if (args.length === 1) server.pubsub.unsubscribeAll(session, kind);
    for (const name of args.slice(1)) server.pubsub.unsubscribe(session, kind, name);
    return NONE;
  };

const FAMILIES = [
  {
    kind: 'channel',
    letter: '',
    since: '2.0.0',
    name: 'channel',
    type: 'string',
    what: 'channels',
    notes: `Each channel is confirmed by a message \`[subscribe, channel, subscriptions]\`, and what is published comes as \`[message, channel, bytes]\`.
In RESP2 the connection then takes only the SUBSCRIBE family, PING, QUIT and RESET; in RESP3 messages are pushes, and every command goes
on. Not inside a transaction.

Who takes messages too slowly is disconnected: at once beyond \`limits.pushed_bytes_max\`, or after staying beyond
\`limits.pushed_soft_bytes\` for \`limits.pushed_soft_ms\`. Messages are not kept for those who aren't there.`,
  },
  {
    kind: 'pattern',
    letter: 'p',
    since: '2.0.0',
    name: 'pattern',
    type: 'pattern',
    what: 'the channels that match patterns',
    notes: 'Messages come as `[pmessage, pattern, channel, bytes]`, once for each pattern that matches.',
  },
  {
    kind: 'shard',
    letter: 's',
    since: '7.0.0',
    name: 'shardchannel',
    type: 'string',
    what: 'shard channels',
    notes:
      'A name space of its own beside that of SUBSCRIBE, filled by SPUBLISH; messages come as `[smessage, channel, bytes]`.',
  },
] as const;

export const subscribeCommands: readonly Command[] = FAMILIES.flatMap(
  ({ kind, letter, since, name, type, what, notes }): Command[] => [
    {
      ...common,
      name: `${letter}subscribe`,
      arity: -2,
      summary: `Listens to ${what}.`,
      complexity: 'O(N) for N names',
      since,
      arguments: [{ name, type, multiple: true }],
      reply: 'a message for each name',
      notes,
      handler: subscribe(kind),
    },
    {
      ...common,
      name: `${letter}unsubscribe`,
      arity: -1,
      summary: `Ends listening to ${what}, to all of them without arguments.`,
      complexity: 'O(N) for N names',
      since,
      arguments: [{ name, type, optional: true, multiple: true }],
      reply: 'a message for each name',
      handler: unsubscribe(kind),
    },
  ],
);
