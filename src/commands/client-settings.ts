/** What CLIENT changes about the connection it comes in on. */
import { FabricError } from '../errors.js';
import { NONE, OK } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import { parseOnOff } from './client-filter.js';
import { parseClientName } from './client-name.js';
import type { Context } from './context.js';
import { repeated, syntaxError } from './refusals.js';

export function setName({ session }: Context, args: readonly Buffer[]): Reply {
  session.name = parseClientName(args[2]!, 'Client names');
  return OK;
}

export function setInfo({ session }: Context, args: readonly Buffer[]): Reply {
  const attribute = args[2]!.toString('latin1').toLowerCase();
  if (attribute === 'lib-name') session.libName = parseClientName(args[3]!, attribute);
  else if (attribute === 'lib-ver') session.libVersion = parseClientName(args[3]!, attribute);
  else throw new FabricError('ERR', `Unrecognized option '${repeated(args[2]!)}'`);
  return OK;
}

export function setNoEvict({ session }: Context, args: readonly Buffer[]): Reply {
  session.noEvict = parseOnOff(args[2]!);
  return OK;
}

export function setNoTouch({ session }: Context, args: readonly Buffer[]): Reply {
  session.noTouch = parseOnOff(args[2]!);
  return OK;
}

export function setReplyMode({ session }: Context, args: readonly Buffer[]): Reply {
  switch (args[2]!.toString('latin1').toLowerCase()) {
    case 'on':
      session.replyMode = 'on';
      return OK;
    case 'off':
      session.replyMode = 'off';
      return NONE;
    case 'skip':
      if (session.replyMode !== 'off') session.replyMode = 'skip';
      return NONE;
    default:
      throw syntaxError();
  }
}
