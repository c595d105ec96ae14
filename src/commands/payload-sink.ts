/** How a command's large payload goes from the socket into its reservation. */
import type { Payload } from '../fabric/incoming.js';
import type { Placement } from '../fabric/placements.js';
import type { Reply } from '../resp/reply.js';
import type { BulkTarget } from './command.js';

/** Up to this, gathering a payload on the heap and storing it in one step costs less than a reservation. */
export const GATHERED_BYTES_MAX = 64 * 1024;

/** Its entry at once where a name needs nobody else's consent; else where its copies are, later. */
export type Sealed = number | Placement[];

export const whenSealed = (
  sealed: number | Promise<Placement[]>,
  reply: (sealed: Sealed) => Reply,
): Reply | Promise<Reply> => (typeof sealed === 'number' ? reply(sealed) : sealed.then(reply));

/** `reply` answers the command once the payload is sealed. */
export function bulkTarget(payload: Payload, reply: (sealed: Sealed) => Reply): BulkTarget {
  return {
    entry: payload.entry,
    length: payload.length,
    write: (offset, bytes) => payload.write(offset, bytes),
    complete: (crc32c) => whenSealed(payload.seal(crc32c), reply),
    abandon: () => payload.abandon(),
  };
}
