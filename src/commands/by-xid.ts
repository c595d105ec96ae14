/** Commands that name a variable by its xid, or by what only one node gives out: that node runs them. */
import { parseInteger } from '../util/args.js';
import type { Command, Handler } from './command.js';
import type { Context } from './context.js';
import { requireAccess } from './permission.js';
import type { Access } from './user.js';

export const parseXid = (arg: Buffer) => parseInteger(arg, { min: 1, max: Number.MAX_SAFE_INTEGER, what: 'xid' });

/** Some node that knows the xid runs it; when none does, this one says so. */
export const byXid =
  (handler: Handler, at: number, access: Access): NonNullable<Command['handler']> =>
  async (context, args) => {
    const { cluster, fabric } = context;
    const xid = parseXid(args[at]!);
    if (cluster === undefined || fabric.readers.nameOfXid(xid) !== undefined) return handler(context, args);
    const owner = await cluster.lookup.ownerOf(xid);
    if (owner === undefined) return handler(context, args);
    requireAccess(context, access, () => owner.name);
    return cluster.run(owner.node, args, true);
  };

/** `node:` and what that node gave out. */
export function nodeOfPin({ cluster, fabric }: Context, pin: Buffer): string | undefined {
  const text = pin.toString('latin1');
  const node = text.slice(0, Math.max(0, text.indexOf(':')));
  return cluster === undefined || node === fabric.node || !cluster.has(node) ? undefined : node;
}

/** The node that gave a pin out runs it. */
export const byPin =
  (handler: Handler, accessOf: (args: readonly Buffer[]) => Access): Handler =>
  (context, args) => {
    const node = nodeOfPin(context, args[1]!);
    if (node === undefined) return handler(context, args);
    return atPinsNode(context, node, args, accessOf(args));
  };

async function atPinsNode(context: Context, node: string, args: readonly Buffer[], access: Access) {
  const cluster = context.cluster!;
  const name = await cluster.lookup.nameOfPin(node, args[1]!.toString('latin1'));
  requireAccess(context, access, () => name);
  return cluster.run(node, args);
}
