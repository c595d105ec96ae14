import type { Cluster } from '../cluster/cluster.js';
import type { Information } from '../fabric/readers.js';
import { FabricError } from '../errors.js';
import { record, type Reply } from '../resp/reply.js';
import { parseType, shapeFor } from '../types/datashape.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { fabricCommon, FIRST_KEY, nameArgument } from './fabric-records.js';
import { placementsReply } from './fabric-replies.js';
import { byXid, parseXid } from './by-xid.js';
import { ranElsewhere } from './elsewhere.js';
import { requireAccess } from './permission.js';

/** One argument is a name, whatever it says. */
const isXid = (args: readonly Buffer[]): boolean =>
  args.length === 3 && args[1]!.toString('latin1').toUpperCase() === 'ID';

function info(context: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  const { fabric, cluster } = context;
  if (args.length === 2) {
    const information = fabric.readers.information(args[1]!);
    return cluster === undefined || information === undefined
      ? informationReply(information)
      : withAllPlacements(cluster, information).then(informationReply);
  }
  if (!isXid(args)) {
    throw new FabricError('ERR', 'syntax error: FABRIC.INFO takes a name, or ID and an xid');
  }
  const information = fabric.readers.informationOfXid(parseXid(args[2]!));
  requireAccess(context, 'read', () => information?.name);
  return informationReply(information);
}

/** Where the other copies are the coordinator says; while it is away, this one is known. */
async function withAllPlacements(cluster: Cluster, information: Information): Promise<Information> {
  const copies = await cluster.find(information.name).catch(() => []);
  const [first] = copies;
  return first?.xid === information.xid ? { ...information, placements: copies } : information;
}

const ofXid = byXid(info, 2, 'read');
const ofName = ranElsewhere(info);

function informationReply(information: Information | undefined): Reply {
  if (information === undefined) return null;
  const layout = parseType(information.type);
  return record({
    name: information.name,
    xid: information.xid,
    documentation: information.documentation,
    type: information.type,
    length: information.length,
    dtype: layout.dtypeText,
    shape: shapeFor(layout, information.length),
    strides: layout.strides,
    state: information.state,
    pins: information.pins,
    crc32c: information.crc32c,
    created_ms: information.createdMs,
    placements: placementsReply(information.placements),
  });
}

export const infoCommand: Command = {
  ...fabricCommon,
  name: 'fabric.info',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: { ...FIRST_KEY, absent: isXid },
  categories: ['@fabric', '@read', '@fast'],
  summary: 'Describes a variable.',
  complexity: 'O(1)',
  arguments: [
    {
      name: 'what',
      type: 'oneof',
      arguments: [nameArgument, { name: 'xid', type: 'integer', token: 'ID' }],
    },
  ],
  reply: 'map: name xid documentation type length dtype shape strides state pins crc32c created_ms placements | null',
  notes: `By name it finds what is sealed; by xid also a reservation (\`state\` RESERVED, still without placements) and what is removed but
pinned. \`crc32c\` is an integer (Castagnoli), \`created_ms\` milliseconds since 1970. \`dtype\`, \`shape\` and \`strides\` are as in FABRIC.PTR, for who
reads bytes by FABRIC.GET.`,
  handler: (context, args) => (isXid(args) ? ofXid(context, args) : ofName(context, args)),
};
