import type { Reply } from '../resp/reply.js';
import type { BulkTarget, Command, Sink } from './command.js';
import type { Context } from './context.js';
import { parseInsert, parseInsertBefore } from './fabric-insert-arguments.js';
import { fabricCommon, FIRST_KEY, labelArguments, rangeArgument, replaceOption } from './fabric-records.js';
import { placedReply, placementsReply } from './fabric-replies.js';
import { bulkTarget, GATHERED_BYTES_MAX, whenSealed, type Sealed } from './payload-sink.js';

function insert(context: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  const { label, source } = parseInsert(context, args);
  const { inserts } = context.fabric;
  if (source.kind !== 'bytes') return inserts.source(label, source).then(placementsReply);
  return whenSealed(inserts.bytes(label, source.payload!), (sealed) => sealedReply(context, sealed));
}

const sealedReply = (context: Context, sealed: Sealed): Reply =>
  typeof sealed === 'number' ? placedReply(context, sealed) : placementsReply(sealed);

function openSink(context: Context, before: readonly Buffer[], length: number): BulkTarget {
  const { label } = parseInsertBefore(context, before);
  const claim = context.session.transaction === undefined ? 'now' : 'at-seal';
  return bulkTarget(context.fabric.inserts.incoming(label, length, claim), (sealed) => sealedReply(context, sealed));
}

const sink: Sink = { thresholdBytes: GATHERED_BYTES_MAX, open: openSink };

export const insertCommand: Command = {
  ...fabricCommon,
  name: 'fabric.insert',
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: FIRST_KEY,
  categories: ['@fabric', '@write', '@slow'],
  summary: 'Stores a variable: bytes of the request, of a file, or of another shared-memory object.',
  complexity: 'O(N) for N bytes; FILE and SHM copy beside everything else',
  arguments: [
    ...labelArguments,
    {
      name: 'content',
      type: 'oneof',
      arguments: [
        { name: 'payload', type: 'string' },
        {
          name: 'options',
          type: 'block',
          arguments: [
            {
              name: 'target',
              type: 'oneof',
              optional: true,
              arguments: [
                { name: 'node', type: 'string', token: 'NODE' },
                {
                  name: 'place',
                  type: 'oneof',
                  token: 'PLACE',
                  arguments: [
                    { name: 'local', type: 'pure-token', token: 'local' },
                    { name: 'spread', type: 'pure-token', token: 'spread' },
                  ],
                },
              ],
            },
            { name: 'n', type: 'integer', token: 'REPLICAS', optional: true },
            replaceOption,
            {
              name: 'source',
              type: 'oneof',
              arguments: [
                { name: 'payload', type: 'string', token: 'BYTES' },
                {
                  name: 'file',
                  type: 'block',
                  token: 'FILE',
                  arguments: [{ name: 'path', type: 'string' }, rangeArgument],
                },
                {
                  name: 'shm',
                  type: 'block',
                  token: 'SHM',
                  arguments: [
                    { name: 'shm_name', type: 'string' },
                    { name: 'offset', type: 'integer' },
                    { name: 'length', type: 'integer' },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  ],
  reply: 'placements',
  notes: `With exactly four arguments the fourth is the payload, whatever it says. Otherwise keywords follow the type, and the source
(BYTES, FILE or SHM) comes last. The type is a datashape; one that fixes the length is enforced before a byte is stored. A taken name
answers \`EXISTS\` with the xid, length and crc32c of what is there, by which a retry knows its own write; REPLACE takes
its place, and who has a pin on the former bytes keeps them.

FILE reads regular files beneath \`security.source_roots\` through no symbolic link; without offset and length, all of it. SHM
reads objects whose name begins with one of \`security.shm_source_prefixes\`. Both let a client read what the
server's user may read, within those limits, so a user needs \`+@dangerous\` for them besides this command. On a cluster of one, NODE is the node itself, PLACE makes no difference, and REPLICAS is 1.

\`\`\`
$ redis-cli FABRIC.INSERT greeting "what one says first" "5 * uint8" hello
1) 1) "alpha"
   2) "/fabric.alpha.s0001"
   3) (integer) 0
   4) (integer) 5
   5) (integer) 4294967297
   6) (integer) 1
$ redis-cli -x FABRIC.INSERT image "" bytes REPLACE BYTES < image.png
$ redis-cli FABRIC.INSERT table "" "var * {x: int32, y: float64}" FILE /data/table.bin
$ redis-cli FABRIC.INSERT frame "" "1080 * 1920 * 3 * uint8" SHM /psm_camera 0 6220800
\`\`\``,
  handler: insert,
  sink,
};
