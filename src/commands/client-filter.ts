import { FabricError } from '../errors.js';
import { integerOf } from '../util/args.js';
import type { Session } from './context.js';
import { repeated, syntaxError } from './refusals.js';
import type { Users } from './users.js';

export type SessionFilter = (session: Session) => boolean;

const CLIENT_TYPES: ReadonlySet<string> = new Set(['normal', 'master', 'slave', 'replica', 'pubsub']);

/** There are no replicas; clients that monitor are `normal`, as in Redis. */
export function typeFilter(arg: Buffer): SessionFilter {
  const type = arg.toString('latin1').toLowerCase();
  if (!CLIENT_TYPES.has(type)) throw new FabricError('ERR', `Unknown client type '${repeated(arg)}'`);
  if (type !== 'normal' && type !== 'pubsub') return () => false;
  return (session) => session.subscribed === (type === 'pubsub');
}

function idFilter(arg: Buffer): SessionFilter {
  const id = integerOf(arg);
  if (id === undefined || id < 1) throw new FabricError('ERR', 'client-id should be greater than 0');
  return (session) => session.id === id;
}

function userFilter(arg: Buffer, users: Users): SessionFilter {
  const name = arg.toString();
  if (users.find(name) === undefined) throw new FabricError('ERR', `No such user '${repeated(arg)}'`);
  return (session) => session.user.name === name;
}

function addressFilter(arg: Buffer, side: 'remoteAddress' | 'localAddress'): SessionFilter {
  const address = arg.toString();
  return (session) => session[side] === address;
}

export function parseYesNo(arg: Buffer): boolean {
  const word = arg.toString('latin1').toLowerCase();
  if (word !== 'yes' && word !== 'no') throw syntaxError();
  return word === 'yes';
}

export function parseOnOff(arg: Buffer): boolean {
  const word = arg.toString('latin1').toLowerCase();
  if (word !== 'on' && word !== 'off') throw syntaxError();
  return word === 'on';
}

/** One `ID 7`, `ADDR 127.0.0.1:4000` … of CLIENT KILL. */
export function optionFilter(option: Buffer, value: Buffer, users: Users): SessionFilter {
  switch (option.toString('latin1').toUpperCase()) {
    case 'ID':
      return idFilter(value);
    case 'TYPE':
      return typeFilter(value);
    case 'USER':
      return userFilter(value, users);
    case 'ADDR':
      return addressFilter(value, 'remoteAddress');
    case 'LADDR':
      return addressFilter(value, 'localAddress');
    default:
      throw syntaxError();
  }
}
