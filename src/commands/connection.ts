import { FabricError } from '../errors.js';
import { OK, simple } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import { integerOf } from '../util/args.js';
import { DEFAULT_USER } from '../cluster/config-reach.js';
import { authenticate, wrongPassword } from './authentication.js';
import type { Command, CommandFlag } from './command.js';
import type { Context } from './context.js';
import { helloCommand } from './hello.js';
import { notAnInteger, syntaxError, wrongArity } from './refusals.js';
import { leaveStates } from './session-state.js';

const ALWAYS: readonly CommandFlag[] = ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'];

const common = { categories: ['@fast', '@connection'], complexity: 'O(1)', group: 'connection' } as const;

function ping({ session }: Context, args: readonly Buffer[]): Reply {
  if (args.length > 2) throw wrongArity('ping');
  // Among the messages of RESP2 the answer has to look like one.
  if (session.subscribed && session.protocol === 2) return ['pong', args[1] ?? ''];
  return args[1] ?? simple('PONG');
}

function quit({ session }: Context): Reply {
  session.closeAfterReply = true;
  return OK;
}

function reset(context: Context): Reply {
  const { session, users } = context;
  leaveStates(context);
  session.protocol = 2;
  session.authenticated = users.open;
  session.user = users.default;
  session.name = '';
  session.replyMode = 'on';
  session.noEvict = false;
  session.noTouch = false;
  return simple('RESET');
}

function select(_context: Context, args: readonly Buffer[]): Reply {
  const index = integerOf(args[1]!);
  if (index === undefined) throw notAnInteger();
  if (index !== 0) throw new FabricError('ERR', 'DB index is out of range');
  return OK;
}

function auth(context: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  if (args.length > 3) throw syntaxError();
  if (args.length === 2 && context.users.default.nopass) {
    throw new FabricError(
      'ERR',
      'AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
    );
  }
  const user = args.length === 3 ? args[1]!.toString() : DEFAULT_USER;
  return authenticate(context, user, args.at(-1)!) ? OK : wrongPassword(context);
}

export const connectionCommands: readonly Command[] = [
  {
    ...common,
    name: 'ping',
    arity: -1,
    flags: ['fast'],
    summary: 'Answers PONG, or the message.',
    since: '1.0.0',
    arguments: [{ name: 'message', type: 'string', optional: true }],
    reply: 'PONG, or the message',
    handler: ping,
  },
  {
    ...common,
    name: 'echo',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    summary: 'Answers the message.',
    since: '1.0.0',
    arguments: [{ name: 'message', type: 'string' }],
    reply: 'the message',
    handler: (_context, args) => args[1]!,
  },
  {
    ...common,
    name: 'quit',
    arity: -1,
    flags: ALWAYS,
    summary: 'Closes the connection once pending replies are sent.',
    since: '1.0.0',
    arguments: [],
    reply: 'OK',
    handler: quit,
  },
  {
    ...common,
    name: 'reset',
    arity: 1,
    flags: ALWAYS,
    summary: 'Puts the connection back into the state of a new one.',
    since: '6.2.0',
    arguments: [],
    reply: 'RESET',
    notes:
      'RESP2, no name, replies on, no transaction, no subscriptions, no MONITOR; the user is `default`, who may have to authenticate.',
    handler: reset,
  },
  {
    ...common,
    name: 'select',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    summary: 'Selects the database; there is only 0.',
    since: '1.0.0',
    arguments: [{ name: 'index', type: 'integer' }],
    reply: 'OK',
    notes: 'Namespaces (the part of a name before the first `/`) do what databases are used for elsewhere.',
    handler: select,
  },
  {
    ...common,
    name: 'auth',
    arity: -2,
    flags: ALWAYS,
    summary: 'Authenticates the connection.',
    since: '1.0.0',
    arguments: [
      { name: 'username', type: 'string', optional: true },
      { name: 'password', type: 'string' },
    ],
    reply: 'OK',
    notes:
      'Without a name, as `default`. Users stand in the config file; see [operations](operations.md#users). After many wrong passwords ' +
      'the refusals come more slowly.',
    handler: auth,
  },
  helloCommand,
];
