/** Reads of what isn't on this node but may be on another. */
import type { Copy } from '../cluster/peer-messages.js';
import { canonicalName } from '../fabric/names.js';
import type { Reply } from '../resp/reply.js';
import type { Handler } from './command.js';
import type { Context } from './context.js';

/** `elsewhere` answers for a variable that other nodes have and this one doesn't; else the handler does. */
export const orElsewhere =
  (
    handler: Handler,
    elsewhere: (context: Context, copies: readonly Copy[], args: readonly Buffer[]) => Reply | Promise<Reply>,
  ): Handler =>
  (context, args) => {
    const { cluster, fabric } = context;
    const given = args[1]!;
    if (cluster === undefined || fabric.readers.xid(given) !== undefined) return handler(context, args);
    return cluster
      .find(canonicalName(given))
      .then((copies) => (copies === undefined ? handler(context, args) : elsewhere(context, copies, args)));
  };

/** The holder answers in this node's place. */
export const forwarded = (handler: Handler): Handler =>
  orElsewhere(handler, ({ cluster }, [copy], args) => cluster!.forward(copy!.node, args));
