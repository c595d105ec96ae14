import { FabricError } from '../errors.js';
import { record } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import { integerOf, quoted } from '../util/args.js';
import { authenticate, wrongPassword } from './authentication.js';
import { parseClientName } from './client-name.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { moduleRecord } from './module.js';
import { notAnInteger } from './refusals.js';
import { REDIS_VERSION } from './version.js';

interface HelloOptions {
  credentials?: { user: string; password: Buffer };
  clientName?: string;
}

function parseProtocol(arg: Buffer): 2 | 3 {
  const version = integerOf(arg);
  if (version === undefined) throw notAnInteger('Protocol version');
  if (version !== 2 && version !== 3) throw new FabricError('NOPROTO', 'unsupported protocol version');
  return version;
}

function parseOptions(args: readonly Buffer[]): HelloOptions {
  const options: HelloOptions = {};
  let at = 2;
  while (at < args.length) {
    const keyword = args[at]!.toString('latin1').toUpperCase();
    const left = args.length - at - 1;
    if (keyword === 'AUTH' && left >= 2) {
      options.credentials = { user: args[at + 1]!.toString(), password: args[at + 2]! };
      at += 3;
    } else if (keyword === 'SETNAME' && left >= 1) {
      options.clientName = parseClientName(args[at + 1]!, 'Client names');
      at += 2;
    } else {
      throw new FabricError('ERR', `Syntax error in HELLO option ${quoted(args[at]!)}`);
    }
  }
  return options;
}

function hello(context: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  const { session } = context;
  const protocol = args[1] === undefined ? session.protocol : parseProtocol(args[1]);
  const { credentials, clientName } = parseOptions(args);
  if (credentials !== undefined && !authenticate(context, credentials.user, credentials.password)) {
    return wrongPassword(context);
  }
  if (!session.authenticated) {
    throw new FabricError(
      'NOAUTH',
      'HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option ' +
        'can be used to authenticate the client and select the RESP protocol version at the same time',
    );
  }
  session.protocol = protocol;
  if (clientName !== undefined) session.name = clientName;
  return record({
    server: 'redis',
    version: REDIS_VERSION,
    proto: protocol,
    id: session.id,
    mode: 'standalone',
    role: 'master',
    modules: [moduleRecord(context)],
  });
}

export const helloCommand: Command = {
  name: 'hello',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['@fast', '@connection'],
  summary: 'Handshakes with the server: protocol version, credentials and client name in one request.',
  complexity: 'O(1)',
  since: '6.0.0',
  group: 'connection',
  arguments: [
    {
      name: 'arguments',
      type: 'block',
      optional: true,
      arguments: [
        { name: 'protover', type: 'integer' },
        {
          name: 'auth',
          type: 'block',
          token: 'AUTH',
          optional: true,
          arguments: [
            { name: 'username', type: 'string' },
            { name: 'password', type: 'string' },
          ],
        },
        { name: 'clientname', type: 'string', token: 'SETNAME', optional: true },
      ],
    },
  ],
  reply: 'map: server version proto id mode role modules',
  notes:
    'Without arguments it answers for the protocol in use. `server` and `version` name the Redis whose behaviour clients may ' +
    'expect; `modules` holds `datafabric` with its own version. For a user with `nopass`, any password is ' +
    'right.',
  handler: hello,
};
