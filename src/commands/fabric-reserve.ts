/** Written in place: RESERVE, SEAL, ABORT. */
import type { Owner } from '../fabric/owners.js';
import { OK, record, type Reply } from '../resp/reply.js';
import { ArgumentReader, parseInteger } from '../util/args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { connectionOwner, ownerArgument, takeOwner } from './fabric-ownership.js';
import { fabricCommon, FIRST_KEY, labelArguments, nodeOption, replaceOption } from './fabric-records.js';
import { placeFields, placementsReply } from './fabric-replies.js';
import { requireAccess } from './permission.js';

interface ReserveOptions {
  length: number | undefined;
  owner: Owner | undefined;
  replace: boolean;
}

function parseOptions({ fabric }: Context, reader: ArgumentReader): ReserveOptions {
  const options: ReserveOptions = { length: undefined, owner: undefined, replace: false };
  while (!reader.done()) {
    const owner = takeOwner(reader, options.owner);
    if (owner !== undefined) options.owner = owner;
    else if (reader.take('LENGTH')) options.length = reader.integer('LENGTH', 0, Number.MAX_SAFE_INTEGER);
    else if (reader.take('NODE')) fabric.requireOwnNode(reader.next('node'));
    else if (reader.take('REPLACE')) options.replace = true;
    else reader.fail(['LENGTH', 'LEASE', 'SLOT', 'NODE', 'REPLACE']);
  }
  return options;
}

function reserve(context: Context, args: readonly Buffer[]): Reply {
  const { length, owner, replace } = parseOptions(context, new ArgumentReader(args, 4));
  const label = { name: args[1]!, documentation: args[2]!, type: args[3]!, replace };
  const reservation = context.fabric.reservations.reserve(label, length, owner ?? connectionOwner(context));
  return record({ xid: reservation.xid, ...placeFields(reservation) });
}

export const parseXid = (arg: Buffer) => parseInteger(arg, { min: 1, max: Number.MAX_SAFE_INTEGER, what: 'xid' });

/** Whoever may write the name may end its reservation. */
function writableXid(context: Context, arg: Buffer): number {
  const xid = parseXid(arg);
  requireAccess(context, 'write', () => context.fabric.readers.nameOfXid(xid));
  return xid;
}

async function seal(context: Context, args: readonly Buffer[]): Promise<Reply> {
  return placementsReply(await context.fabric.reservations.seal(writableXid(context, args[1]!)));
}

function abort(context: Context, args: readonly Buffer[]): Reply {
  context.fabric.reservations.abort(writableXid(context, args[1]!));
  return OK;
}

export const reserveCommand: Command = {
  ...fabricCommon,
  name: 'fabric.reserve',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: FIRST_KEY,
  categories: ['@fabric', '@write', '@fast'],
  summary: 'Reserves room that the client fills itself, in place.',
  complexity: 'O(1)',
  arguments: [
    ...labelArguments,
    { name: 'n', type: 'integer', token: 'LENGTH', optional: true },
    ownerArgument,
    nodeOption,
    replaceOption,
  ],
  reply: 'map: xid node shm offset length type dtype shape strides host',
  notes: `Map \`length\` bytes of \`/dev/shm\` + \`shm\` at \`offset\`, write them, then FABRIC.SEAL the xid. LENGTH is needed when the type
leaves it open, and may be given otherwise. The name is claimed at once: others get \`EXISTS\`, readers null until the seal. With REPLACE
it is claimed only by the seal.

The room is given back on FABRIC.ABORT, or after its writer is gone: when the process that holds SLOT n has died, when the
LEASE ended, or else when the connection closed, each of the latter two after \`times.reserve_linger_ms\`.

\`\`\`
> FABRIC.RESERVE grid "temperatures" "40 * 20 * float64"
1) "xid"
2) (integer) 4294967298
3) "node"
4) "alpha"
5) "shm"
6) "/fabric.alpha.s0001"
7) "offset"
8) (integer) 4096
…
> FABRIC.SEAL 4294967298
\`\`\``,
  handler: reserve,
};

export const sealCommand: Command = {
  ...fabricCommon,
  name: 'fabric.seal',
  arity: 2,
  flags: ['write'],
  categories: ['@fabric', '@write', '@slow'],
  summary: 'Seals a reservation: from now on it is a variable that never changes.',
  complexity: 'O(N) for N bytes, which are checksummed beside everything else',
  arguments: [{ name: 'xid', type: 'integer' }],
  reply: 'placements',
  notes:
    'Sealed already, it answers the same again: a seal whose reply was lost may be repeated. Who waits for the name is woken.',
  handler: seal,
};

export const abortCommand: Command = {
  ...fabricCommon,
  name: 'fabric.abort',
  arity: 2,
  flags: ['write', 'fast'],
  categories: ['@fabric', '@write', '@fast'],
  summary: 'Gives a reservation up.',
  complexity: 'O(1)',
  arguments: [{ name: 'xid', type: 'integer' }],
  reply: 'OK',
  notes:
    'The name is free at once; the room after its quarantine, since the address was handed out. `INUSE` when it is sealed.',
  handler: abort,
};
