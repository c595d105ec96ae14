import { FabricError } from '../errors.js';
import { OK } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import { optionFilter, parseYesNo } from './client-filter.js';
import type { SessionFilter } from './client-filter.js';
import type { ArgumentDoc } from './command.js';
import type { Context, Session } from './context.js';
import { syntaxError } from './refusals.js';

/** Its own connection still gets the reply. */
function killOne(context: Context, session: Session): void {
  if (session.id === context.session.id) context.session.closeAfterReply = true;
  else context.server.kill(session.id);
}

/** `CLIENT KILL 127.0.0.1:4000` */
function killByAddress(context: Context, address: string): Reply {
  for (const session of context.server.sessions()) {
    if (session.remoteAddress !== address) continue;
    killOne(context, session);
    return OK;
  }
  throw new FabricError('ERR', 'No such client');
}

/** `CLIENT KILL ID 7 SKIPME no` */
function killByOptions(context: Context, options: readonly Buffer[]): Reply {
  if (options.length % 2 !== 0) throw syntaxError();
  const filters: SessionFilter[] = [];
  let skipMe = true;
  for (let at = 0; at < options.length; at += 2) {
    const [option, value] = [options[at]!, options[at + 1]!];
    if (option.toString('latin1').toUpperCase() === 'SKIPME') skipMe = parseYesNo(value);
    else filters.push(optionFilter(option, value, context.users));
  }
  const victims = [...context.server.sessions()].filter(
    (session) => !(skipMe && session.id === context.session.id) && filters.every((filter) => filter(session)),
  );
  for (const victim of victims) killOne(context, victim);
  return victims.length;
}

export function killClients(context: Context, args: readonly Buffer[]): Reply {
  return args.length === 3 ? killByAddress(context, args[2]!.toString()) : killByOptions(context, args.slice(2));
}

export const killArguments: readonly ArgumentDoc[] = [
  {
    name: 'filter',
    type: 'oneof',
    arguments: [
      { name: 'ip:port', type: 'string' },
      {
        name: 'option',
        type: 'oneof',
        multiple: true,
        arguments: [
          { name: 'client-id', type: 'integer', token: 'ID' },
          { name: 'type', type: 'string', token: 'TYPE' },
          { name: 'username', type: 'string', token: 'USER' },
          { name: 'ip:port', type: 'string', token: 'ADDR' },
          { name: 'ip:port', type: 'string', token: 'LADDR' },
          { name: 'yes/no', type: 'string', token: 'SKIPME' },
        ],
      },
    ],
  },
];
