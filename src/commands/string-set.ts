import { FabricError } from '../errors.js';
import { OK, type Reply } from '../resp/reply.js';
import type { BulkTarget, Command, Sink } from './command.js';
import type { Context } from './context.js';
import { FIRST_KEY } from './fabric-records.js';
import { bulkTarget, GATHERED_BYTES_MAX, whenSealed } from './payload-sink.js';

const NOTHING = Buffer.alloc(0);
const BYTES = Buffer.from('bytes');
/** The command, the key and the value. */
const ARGUMENTS = 3;

const labelOf = (key: Buffer) => ({ name: key, documentation: NOTHING, type: BYTES, replace: true });

/** "syntax error" comes first: clients know it from Redis. */
const optionsRefused = () =>
  new FabricError('ERR', 'syntax error: SET takes a key and a value here; EX, NX and its other options are not built');

function set({ fabric }: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  if (args.length > ARGUMENTS) throw optionsRefused();
  return whenSealed(fabric.inserts.bytes(labelOf(args[1]!), args[2]!), () => OK);
}

function openSink({ fabric }: Context, before: readonly Buffer[], length: number): BulkTarget {
  if (before.length >= ARGUMENTS) throw optionsRefused();
  return bulkTarget(fabric.inserts.incoming(labelOf(before[1]!), length), () => OK);
}

const sink: Sink = { thresholdBytes: GATHERED_BYTES_MAX, open: openSink };

export const setCommand: Command = {
  name: 'set',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: FIRST_KEY,
  categories: ['@write', '@string', '@slow'],
  summary: 'Stores a value as a variable of type `bytes`, in place of any other of that name.',
  complexity: 'O(N) for N bytes',
  since: '0.1.0',
  group: 'string',
  arguments: [
    { name: 'key', type: 'key' },
    { name: 'value', type: 'string' },
  ],
  reply: 'OK',
  notes: `As FABRIC.INSERT with REPLACE; who has a pin on the former value keeps it. The options of Redis (EX, NX, GET …) are
syntax errors. \`EXISTS\` while a reservation holds the name.`,
  handler: set,
  sink,
};
