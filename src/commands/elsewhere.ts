/** What isn't on this node but may be on another: looked up there, sent from there, or run there. */
import type { Cluster } from '../cluster/cluster.js';
import type { Copy } from '../cluster/peer-messages.js';
import { FabricError } from '../errors.js';
import type { Fabric } from '../fabric/fabric.js';
import { canonicalName, printable } from '../fabric/names.js';
import type { Reply } from '../resp/reply.js';
import type { Handler } from './command.js';
import type { Context } from './context.js';

/** `elsewhere` answers for a variable that other nodes have and this one doesn't; else the handler does. `key` is its name's place. */
export const orElsewhere =
  (
    handler: Handler,
    elsewhere: (context: Context, copies: readonly Copy[], args: readonly Buffer[]) => Reply | Promise<Reply>,
    key = 1,
  ): Handler =>
  (context, args) => {
    const { cluster, fabric } = context;
    const given = args[key]!;
    if (cluster === undefined || fabric.readers.xid(given) !== undefined) return handler(context, args);
    return findElsewhere(cluster, fabric, given, 0).then((copies) =>
      copies === undefined ? handler(context, args) : elsewhere(context, copies, args),
    );
  };

/** Whoever replaces it again and again may be quicker than so many looks. */
const LOOKS_MAX = 20;

/** Undefined: it is nowhere, or here by now. */
export async function findElsewhere(
  cluster: Cluster,
  { node, readers }: Fabric,
  given: Buffer,
  waitMs: number,
): Promise<readonly Copy[] | undefined> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const copies = await cluster.find(canonicalName(given), waitMs);
    if (copies.length === 0 || readers.xid(given) !== undefined) return undefined;
    // What was to be here has gone since, and another may have come in its place.
    if (!copies.some((copy) => copy.node === node)) return copies;
  }
  throw new FabricError('REMOTE', `${printable(given)} was replaced whenever it was looked for: try again`);
}

/** Of the variable that the name stands for, wherever it lies; undefined when there is none. */
export async function xidAnywhere({ cluster, fabric }: Context, given: Buffer): Promise<number | undefined> {
  const own = fabric.readers.xid(given);
  if (own !== undefined || cluster === undefined) return own;
  const [copy] = await cluster.find(canonicalName(given), 0);
  return copy?.xid;
}

/** A node that has it answers in this one's place. */
export const ranElsewhere = (handler: Handler, key = 1): Handler =>
  orElsewhere(handler, ({ cluster }, [copy], args) => cluster!.run(copy!.node, args), key);

/** True for this node; false for another that there is. NOTFOUND for one that isn't. */
export function isOwnNode({ cluster, fabric }: Context, node: Buffer): boolean {
  const name = node.toString('latin1');
  if (name === fabric.node) return true;
  if (cluster === undefined) fabric.requireOwnNode(node);
  cluster?.addressOf(name);
  return false;
}

/** The node that an argument names answers, as long as that takes. */
export const atNode =
  (nodeOf: (args: readonly Buffer[]) => Buffer | undefined, handler: Handler): Handler =>
  (context, args) => {
    const node = nodeOf(args);
    if (node === undefined || isOwnNode(context, node)) return handler(context, args);
    return context.cluster!.run(node.toString('latin1'), args, true);
  };

/** As FABRIC.PEER's messages have it: the command runs here for a client of another node. */
export async function runHere(context: Context, args: readonly Buffer[]): Promise<Reply> {
  const { command } = context.table.resolve(args);
  if (command?.handler === undefined)
    throw new FabricError('ERR', `no command '${String(args[0])}' here: the nodes are of different versions`);
  return command.handler(context, args);
}
