import { FabricError } from '../errors.js';
import type { Reply } from '../resp/reply.js';
import { integerOf } from '../util/args.js';
import { typeFilter } from './client-filter.js';
import type { SessionFilter } from './client-filter.js';
import { clientLine } from './client-line.js';
import type { ArgumentDoc } from './command.js';
import type { Context } from './context.js';
import { syntaxError } from './refusals.js';

/** `TYPE normal` or `ID 1 2 3`, not both, as in Redis. */
function parseFilter(args: readonly Buffer[]): SessionFilter {
  if (args.length === 2) return () => true;
  const option = args[2]!.toString('latin1').toUpperCase();
  if (option === 'TYPE' && args.length === 4) return typeFilter(args[3]!);
  if (option !== 'ID' || args.length < 4) throw syntaxError();
  const ids = new Set(args.slice(3).map(parseId));
  return (session) => ids.has(session.id);
}

function parseId(arg: Buffer): number {
  const id = integerOf(arg);
  if (id === undefined) throw new FabricError('ERR', 'Invalid client ID');
  return id;
}

export function listClients(context: Context, args: readonly Buffer[]): Reply {
  const filter = parseFilter(args);
  const nowMs = context.now();
  const lines = [...context.server.sessions()]
    .filter(filter)
    .map((session) => clientLine(context.server, session, nowMs));
  return { kind: 'verbatim', text: lines.join('') };
}

export const listArguments: readonly ArgumentDoc[] = [
  {
    name: 'filter',
    type: 'oneof',
    optional: true,
    arguments: [
      {
        name: 'client-type',
        type: 'oneof',
        token: 'TYPE',
        arguments: [
          { name: 'normal', type: 'pure-token', token: 'NORMAL' },
          { name: 'master', type: 'pure-token', token: 'MASTER' },
          { name: 'replica', type: 'pure-token', token: 'REPLICA' },
          { name: 'pubsub', type: 'pure-token', token: 'PUBSUB' },
        ],
      },
      { name: 'client-id', type: 'integer', token: 'ID', multiple: true },
    ],
  },
];
