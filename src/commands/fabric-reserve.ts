/** Written in place: RESERVE, SEAL, ABORT. */
import type { Owner } from '../fabric/owners.js';
import { OK, record, type Reply } from '../resp/reply.js';
import { FabricError } from '../errors.js';
import { ArgumentReader } from '../util/args.js';
import type { Command } from './command.js';
import { byXid, parseXid } from './by-xid.js';
import type { Context } from './context.js';
import { isOwnNode } from './elsewhere.js';
import { connectionOwner, ownerArgument, takeOwner } from './fabric-ownership.js';
import { fabricCommon, FIRST_KEY, labelArguments, nodeOption, replaceOption } from './fabric-records.js';
import { placeFields, placementsReply } from './fabric-replies.js';
import { requireAccess } from './permission.js';

interface ReserveOptions {
  length: number | undefined;
  owner: Owner | undefined;
  replace: boolean;
  node: Buffer | undefined;
}

function parseOptions(reader: ArgumentReader): ReserveOptions {
  const options: ReserveOptions = { length: undefined, owner: undefined, replace: false, node: undefined };
  while (!reader.done()) {
    const owner = takeOwner(reader, options.owner);
    if (owner !== undefined) options.owner = owner;
    else if (reader.take('LENGTH')) options.length = reader.integer('LENGTH', 0, Number.MAX_SAFE_INTEGER);
    else if (reader.take('NODE')) options.node = reader.next('node');
    else if (reader.take('REPLACE')) options.replace = true;
    else reader.fail(['LENGTH', 'LEASE', 'SLOT', 'NODE', 'REPLACE']);
  }
  return options;
}

function reserve(context: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  const { length, owner, replace, node } = parseOptions(new ArgumentReader(args, 4));
  if (node !== undefined && !isOwnNode(context, node)) return reserveAt(context, node, owner, args);
  const label = { name: args[1]!, documentation: args[2]!, type: args[3]!, replace };
  const reservation = context.fabric.reservations.reserve(label, length, owner ?? connectionOwner(context));
  return record({ xid: reservation.xid, ...placeFields(reservation) });
}

/** Its writer is on that node's machine; nobody there sees whether it lives. */
function reserveAt(
  { cluster }: Context,
  node: Buffer,
  owner: Owner | undefined,
  args: readonly Buffer[],
): Promise<Reply> {
  if (owner?.kind === 'lease') return cluster!.run(node.toString('latin1'), args);
  throw new FabricError('ERR', 'a reservation on another node lives by a LEASE: add LEASE ms, or RESERVE at that node');
}

/** Whoever may write the name may end its reservation. */
function requireWritable(context: Context, args: readonly Buffer[]): number {
  const xid = parseXid(args[1]!);
  requireAccess(context, 'write', () => context.fabric.readers.nameOfXid(xid));
  return xid;
}

const seal = async (context: Context, args: readonly Buffer[]): Promise<Reply> =>
  placementsReply(await context.fabric.reservations.seal(requireWritable(context, args)));

function abort(context: Context, args: readonly Buffer[]): Reply {
  context.fabric.reservations.abort(requireWritable(context, args));
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
  handler: byXid(seal, 1, 'write'),
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
  handler: byXid(abort, 1, 'write'),
};
