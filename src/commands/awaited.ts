/** Waiting for a name that any node may seal. */
import type { Cluster } from '../cluster/cluster.js';
import type { Copy } from '../cluster/peer-messages.js';
import { isFabricError } from '../errors.js';
import type { Reply } from '../resp/reply.js';
import { pause } from '../util/pause.js';
import type { Handler } from './command.js';
import type { Context } from './context.js';
import { findElsewhere } from './elsewhere.js';
import { whileBlocked } from './fabric-replies.js';

/** So long the coordinator lets a question wait: its answer is due soon after. */
const SLICE_MS = 1000;
/** Between questions while nobody coordinates. */
const AGAIN_MS = 100;

/** As `orElsewhere`, for commands that may wait until the variable is there; 0 waits as long as the connection lives. */
export const orAwaited =
  (
    handler: Handler,
    waitMsOf: (args: readonly Buffer[]) => number | undefined,
    elsewhere: (context: Context, copies: readonly Copy[], args: readonly Buffer[]) => Reply | Promise<Reply>,
  ): Handler =>
  async (context, args) => {
    const { cluster, fabric, session } = context;
    if (cluster === undefined || fabric.readers.xid(args[1]!) !== undefined) return handler(context, args);
    const waitMs = session.executing ? undefined : waitMsOf(args);
    const copies = await (waitMs === undefined
      ? findElsewhere(cluster, fabric, args[1]!, 0)
      : whileBlocked(context, awaited(context, cluster, args[1]!, waitMs)));
    if (copies !== undefined) return elsewhere(context, copies, args);
    return fabric.readers.xid(args[1]!) === undefined ? null : handler(context, args);
  };

/** Undefined: it is here by now, or nowhere when the time ended. */
async function awaited(
  { fabric, session }: Context,
  cluster: Cluster,
  name: Buffer,
  waitMs: number,
): Promise<readonly Copy[] | undefined> {
  const deadline = waitMs === 0 ? Infinity : performance.now() + waitMs;
  for (;;) {
    const leftMs = deadline - performance.now();
    const isLast = () => session.signal.aborted || leftMs <= SLICE_MS;
    try {
      const copies = await findElsewhere(cluster, fabric, name, Math.max(1, Math.min(leftMs, SLICE_MS)));
      if (copies !== undefined || isLast()) return copies;
    } catch (error) {
      if (!isPassing(error) || isLast()) throw error;
      await pause(AGAIN_MS, session.signal);
    }
    if (fabric.readers.xid(name) !== undefined) return undefined;
  }
}

/** The coordinator is away: another may be there in time. */
const isPassing = (error: unknown): boolean =>
  isFabricError(error) && (error.code === 'NOCOORD' || error.code === 'FENCED');
