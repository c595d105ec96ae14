import type { Pointer } from '../fabric/pointers.js';
import type { Owner } from '../fabric/owners.js';
import { canonicalName } from '../fabric/names.js';
import { record, type Reply } from '../resp/reply.js';
import { ArgumentReader, parseInteger } from '../util/args.js';
import { FabricError } from '../errors.js';
import type { Command, Handler } from './command.js';
import { orAwaited } from './awaited.js';
import { isOwnNode } from './elsewhere.js';
import type { Context } from './context.js';
import { connectionOwner, leaseArgument, ownerArgument, takeOwner } from './fabric-ownership.js';
import { fabricCommon, FIRST_KEY, nameArgument, waitOption } from './fabric-records.js';
import { placeFields, waitOf, whileBlocked } from './fabric-replies.js';
import { requireAccess } from './permission.js';

const SLASH = 0x2f;

const pointerReply = (pointer: Pointer): Reply =>
  record({
    pin: pointer.pin,
    name: pointer.name,
    xid: pointer.xid,
    generation: pointer.generation,
    ...placeFields(pointer),
  });

/** No keyword begins with `/`. */
const isLocation = (args: readonly Buffer[]): boolean => args[2]?.[0] === SLASH;

const orRemote: Handler = (context, args) => {
  if (isLocation(args)) return isOwnNode(context, args[1]!) ? byLocation(context, args) : remoteLocation(context, args);
  return named(context, args);
};

const named = orAwaited(
  byName,
  (args) => parseOptions(new ArgumentReader(args, 2)).waitMs,
  async (context, [copy], args) => {
    const { pull } = parseOptions(new ArgumentReader(args, 2));
    if (pull && (await context.cluster!.pull(canonicalName(args[1]!)))) return byName(context, args);
    throw remote(context, copy!.node);
  },
);

function remoteLocation(context: Context, args: readonly Buffer[]): never {
  throw remote(context, args[1]!.toString('latin1'));
}

const remote = ({ cluster }: Context, node: string) =>
  new FabricError(
    'REMOTE',
    `it lies on node ${node}, at ${cluster!.addressOf(node)}: ask there, add PULL for a replica here, or FABRIC.GET its bytes`,
  );

function byName(context: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  const { fabric } = context;
  const { owner, waitMs } = parseOptions(new ArgumentReader(args, 2));
  const wait = waitOf(context, waitMs);
  const holder = owner ?? connectionOwner(context);
  const found = fabric.readers.use(args[1]!, wait, (entry) => pointerReply(fabric.pointers.point(entry, holder)));
  return found instanceof Promise ? whileBlocked(context, found).then(orNull) : orNull(found);
}

const orNull = (reply: Reply | undefined): Reply => reply ?? null;

function parseOptions(reader: ArgumentReader): { owner: Owner | undefined; waitMs: number | undefined; pull: boolean } {
  let owner: Owner | undefined;
  let waitMs: number | undefined;
  let pull = false;
  while (!reader.done()) {
    const taken = takeOwner(reader, owner);
    if (taken !== undefined) owner = taken;
    else if (reader.take('WAIT')) waitMs = reader.integer('WAIT', 0, Number.MAX_SAFE_INTEGER);
    else if (reader.take('PULL')) pull = true;
    else reader.fail(['WAIT', 'LEASE', 'SLOT', 'PULL']);
  }
  return { owner, waitMs, pull };
}

function byLocation(context: Context, args: readonly Buffer[]): Reply {
  const { fabric } = context;
  const reader = new ArgumentReader(args, 3);
  const offset = reader.integer('offset', 0, Number.MAX_SAFE_INTEGER);
  let xid: number | undefined;
  let owner: Owner | undefined;
  while (!reader.done()) {
    if (reader.take('XID'))
      xid = parseInteger(reader.next('xid'), { min: 1, max: Number.MAX_SAFE_INTEGER, what: 'XID' });
    else if (reader.keyword() === 'LEASE') owner = takeOwner(reader, owner);
    else reader.fail(['XID', 'LEASE']);
  }
  const sharedId = args[2]!.toString('latin1');
  requireAccess(context, 'read', () =>
    xid === undefined ? fabric.readers.nameAt(sharedId, offset) : fabric.readers.nameOfXid(xid),
  );
  const entry = fabric.pointers.at(sharedId, offset, xid);
  return entry === undefined ? null : pointerReply(fabric.pointers.point(entry, owner ?? connectionOwner(context)));
}

export const ptrCommand: Command = {
  ...fabricCommon,
  name: 'fabric.ptr',
  arity: -2,
  flags: ['readonly', 'blocking', 'fast'],
  keys: { ...FIRST_KEY, absent: isLocation },
  categories: ['@fabric', '@read', '@fast', '@blocking'],
  summary: 'Pins a variable and says where its bytes are and how to read them.',
  complexity: 'O(1)',
  arguments: [
    {
      name: 'what',
      type: 'oneof',
      arguments: [
        {
          name: 'by-name',
          type: 'block',
          arguments: [
            nameArgument,
            waitOption,
            ownerArgument,
            { name: 'pull', type: 'pure-token', token: 'PULL', optional: true },
          ],
        },
        {
          name: 'by-location',
          type: 'block',
          arguments: [
            { name: 'node', type: 'string' },
            { name: 'shared_id', type: 'string' },
            { name: 'offset', type: 'integer' },
            { name: 'xid', type: 'integer', token: 'XID', optional: true },
            leaseArgument,
          ],
        },
      ],
    },
  ],
  reply: 'map: pin name xid generation node shm offset length type dtype shape strides host | null | STALE',
  notes: `While the pin is there, the bytes are neither moved nor reused, whatever happens to the name. FABRIC.RELEASE it from any
connection. With LEASE it ends after so many milliseconds unless FABRIC.RENEW prolongs it; with SLOT when the process that holds that
slot has died; else \`times.pin_linger_ms\` after this connection closed.

\`dtype\` is NumPy's typestr (\`<f8\`) or, for records, a descr to be read with \`ast.literal_eval\`; \`shape\` and \`strides\` (in bytes) are arrays of integers. \`host\`
has the boot id and the segment's inode and size, by which a client can tell that the object it opened is the one meant.

The second form takes a location as LOCATE gave it; with XID, another variable there, or that one elsewhere, answers \`STALE\`. It is
meant when the second argument begins with \`/\`. WAIT blocks as in FABRIC.LOCATE; the pin is taken at the moment of the seal. What lies on another node
alone is \`REMOTE\`, with that node's address; PULL brings a replica to this one first.

\`\`\`python
p = redis.execute_command("FABRIC.PTR", "grid")          # RESP3: a dict
a = numpy.memmap("/dev/shm" + p[b"shm"].decode(), p[b"dtype"].decode(), "r", p[b"offset"], tuple(p[b"shape"]))
redis.execute_command("FABRIC.RELEASE", p[b"pin"])
\`\`\``,
  handler: orRemote,
};
