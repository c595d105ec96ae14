/** LEASE and SLOT: who keeps a pin or a reservation alive. */
import { FabricError } from '../errors.js';
import type { Owner } from '../fabric/owners.js';
import type { ArgumentReader } from '../util/args.js';
import type { ArgumentDoc } from './command.js';
import type { Context } from './context.js';

/** Takes `LEASE ms` or `SLOT n`; undefined when neither is next. */
export function takeOwner(reader: ArgumentReader, former: Owner | undefined): Owner | undefined {
  const owner = nextOwner(reader);
  if (owner !== undefined && former !== undefined) {
    throw new FabricError('ERR', 'syntax error: give one LEASE or one SLOT, not both');
  }
  return owner;
}

function nextOwner(reader: ArgumentReader): Owner | undefined {
  if (reader.take('LEASE')) return { kind: 'lease', ms: reader.integer('LEASE', 1, Number.MAX_SAFE_INTEGER) };
  if (reader.take('SLOT')) return { kind: 'slot', slot: reader.integer('SLOT', 0, Number.MAX_SAFE_INTEGER) };
  return undefined;
}

export const connectionOwner = ({ session }: Context): Owner => ({ kind: 'connection', connection: session.id });

export const leaseArgument: ArgumentDoc = { name: 'ms', type: 'integer', token: 'LEASE', optional: true };

export const ownerArgument: ArgumentDoc = {
  name: 'owner',
  type: 'oneof',
  optional: true,
  arguments: [
    { name: 'ms', type: 'integer', token: 'LEASE' },
    { name: 'slot', type: 'integer', token: 'SLOT' },
  ],
};
