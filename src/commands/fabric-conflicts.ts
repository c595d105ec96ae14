/** Variables whose names stand for others: CONFLICTS, DISCARD, ADOPT. */
import { OK, record, type Reply } from '../resp/reply.js';
import { ArgumentReader } from '../util/args.js';
import { parseXid } from './by-xid.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { requireCluster } from './fabric-cluster.js';
import { fabricCommon } from './fabric-records.js';
import { requireAccess, visibleNames } from './permission.js';

async function conflicts(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const reader = new ArgumentReader(args, 1);
  const from = reader.take('CURSOR') ? reader.integer('CURSOR', 0, Number.MAX_SAFE_INTEGER) : 0;
  if (!reader.done()) reader.fail(['CURSOR']);
  const cluster = requireCluster(context);
  const visible = visibleNames(context.session);
  const page = await cluster.coordinator.conflicts(from);
  const shown = page.conflicts.filter(({ name }) => visible === undefined || visible(name));
  return [page.cursor, shown.map(({ name, xid, nodes }) => record({ name, xid, nodes }))];
}

/** Whoever may write some names only may settle those only. */
async function requireOwn(context: Context, xid: number): Promise<void> {
  let cursor = 0;
  do {
    const page = await requireCluster(context).coordinator.conflicts(cursor);
    const found = page.conflicts.find((conflict) => conflict.xid === xid);
    if (found !== undefined) requireAccess(context, 'write', () => found.name);
    cursor = page.cursor;
  } while (cursor !== 0);
}

const settle =
  (how: 'discard' | 'publish') =>
  async (context: Context, args: readonly Buffer[]): Promise<Reply> => {
    const xid = parseXid(args[1]!);
    const cluster = requireCluster(context);
    if (visibleNames(context.session) !== undefined) await requireOwn(context, xid);
    await cluster.coordinator.settle(xid, how);
    return OK;
  };

export const conflictsCommand: Command = {
  ...fabricCommon,
  name: 'fabric.conflicts',
  arity: -1,
  flags: ['readonly', 'admin'],
  categories: ['@fabric', '@read', '@admin', '@slow'],
  summary: 'Lists variables whose names stand for others.',
  complexity: 'O(N) for N variables looked at',
  arguments: [{ name: 'c', type: 'integer', token: 'CURSOR', optional: true }],
  reply: '[next cursor, [map: name xid nodes, …]]',
  notes: `A node that comes back may have variables whose names were given to others meanwhile. They are kept and no name finds them; FABRIC.INFO ID
describes them, FABRIC.DISCARD removes them, FABRIC.ADOPT gives them their names when these are free again.`,
  handler: conflicts,
};

export const discardCommand: Command = {
  ...fabricCommon,
  name: 'fabric.discard',
  arity: 2,
  flags: ['write', 'admin'],
  categories: ['@fabric', '@write', '@admin', '@slow', '@dangerous'],
  summary: 'Removes a variable whose name stands for another.',
  complexity: 'O(N) for N variables of the cluster, in steps',
  arguments: [{ name: 'xid', type: 'integer' }],
  reply: 'OK',
  notes: `Only what FABRIC.CONFLICTS lists, else \`NOTFOUND\`; whatever the name stands for stays.`,
  handler: settle('discard'),
};

export const adoptCommand: Command = {
  ...discardCommand,
  name: 'fabric.adopt',
  summary: 'Gives a variable of FABRIC.CONFLICTS its name, once that is free.',
  notes: `\`EXISTS\` while the name stands for another: FABRIC.DELETE that first. From then on it is a variable like the others.`,
  handler: settle('publish'),
};
