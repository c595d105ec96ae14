/** MEMORY: what a variable, the clients and the process take. */
import { OK, record, type Reply } from '../resp/reply.js';
import { integerOf } from '../util/args.js';
import { processMemory } from '../util/proc.js';
import { humanBytes } from '../util/sizes.js';
import type { Command, CommandFlag } from './command.js';
import type { Context } from './context.js';
import { ranElsewhere } from './elsewhere.js';
import { helpCommand } from './help.js';
import { notAnInteger, syntaxError } from './refusals.js';
import { sharedMemory } from './shared-memory.js';

const common = {
  flags: [] as readonly CommandFlag[],
  categories: ['@slow'],
  since: '4.0.0',
  group: 'server',
} as const satisfies Partial<Command>;

/** SAMPLES is taken for clients that send it: a variable has nothing inside to sample. */
function usage({ fabric }: Context, args: readonly Buffer[]): Reply {
  for (let at = 3; at < args.length; at += 2) {
    if (args[at]!.toString('latin1').toUpperCase() !== 'SAMPLES' || args[at + 1] === undefined) throw syntaxError();
    const samples = integerOf(args[at + 1]!);
    if (samples === undefined) throw notAnInteger();
    if (samples < 0) throw syntaxError();
  }
  return fabric.readers.footprint(args[2]!) ?? null;
}

interface ClientBytes {
  normal: number;
  subscribers: number;
  transactions: number;
}

function clientBytes({ server }: Context): ClientBytes {
  const bytes: ClientBytes = { normal: 0, subscribers: 0, transactions: 0 };
  for (const session of server.sessions()) {
    const buffers = session.inputBytes + session.outputBytes;
    if (session.subscribed) bytes.subscribers += buffers;
    else bytes.normal += buffers;
    bytes.transactions += session.transaction?.heapBytes ?? 0;
  }
  return bytes;
}

function stats(context: Context): Reply {
  const { fabric } = context;
  const memory = processMemory();
  const clients = clientBytes(context);
  const store = fabric.stats();
  const segments = fabric.segments();
  const sum = (field: 'bytes' | 'usedBytes') => segments.reduce((total, segment) => total + segment[field], 0);
  const usedBytes = sum('usedBytes');
  return record({
    'peak.allocated': memory.residentPeakBytes,
    'total.allocated': memory.privateBytes,
    'clients.normal': clients.normal,
    'clients.pubsub': clients.subscribers,
    'clients.transactions': clients.transactions,
    'keys.count': store.variables,
    'keys.bytes-per-key': store.variables === 0 ? 0 : Math.round(usedBytes / store.variables),
    'dataset.bytes': usedBytes,
    'dataset.percentage': { kind: 'double', value: (100 * usedBytes) / Math.max(1, sum('bytes')) },
    'segments.bytes': sum('bytes'),
    'catalog.bytes': store.catalogBytes,
    'catalog.strings': store.stringBytes,
    'store.private': store.privateBytes,
    'js.heap': process.memoryUsage().heapUsed,
    'shm.free': sharedMemory().freeBytes,
  });
}

const percent = (part: number, whole: number) => Math.round((100 * part) / Math.max(1, whole));

/** One sentence for each thing to do something about. */
function findings(context: Context): string[] {
  const { fabric, config } = context;
  const store = fabric.stats();
  const segments = fabric.segments();
  const sum = (field: 'bytes' | 'freeBytes' | 'largestFreeBytes' | 'pinnedBytes') =>
    segments.reduce((total, segment) => total + segment[field], 0);
  const clients = clientBytes(context);
  const found: string[] = [];
  const say = (wrong: boolean, text: string) => {
    if (wrong) found.push(text);
  };
  const [bytes, free] = [sum('bytes'), sum('freeBytes')];
  say(segments.length === 0, 'There is no segment: FABRIC.ALLOC makes one.');
  say(
    bytes > 0 && free < bytes / 10,
    `The segments are ${percent(bytes - free, bytes)} % full, ${humanBytes(free)} are left: FABRIC.ALLOC adds one, DEL makes room.`,
  );
  say(
    free > bytes / 10 && sum('largestFreeBytes') < free / 2,
    `The free memory is in pieces: the largest hole of each segment adds up to ${humanBytes(sum('largestFreeBytes'))} of ` +
      `${humanBytes(free)}. FABRIC.DEFRAG joins them.`,
  );
  say(
    store.limboBytes > 0,
    `${humanBytes(store.limboBytes)} are reserved by writers that are gone; they return after times.reserve_linger_ms.`,
  );
  say(
    store.pins > config.limits.pinsMax * 0.9,
    `${store.pins} of ${config.limits.pinsMax} pins (limits.pins_max) are in use: readers should RELEASE, or take a LEASE.`,
  );
  say(
    store.entries > config.limits.variablesMax * 0.9,
    `The catalog is nearly full: ${store.entries} of ${config.limits.variablesMax} entries (limits.variables_max).`,
  );
  say(
    store.stringBytes > store.stringBytesMax * 0.9,
    `The room for names, types and documentation is nearly full: ${humanBytes(store.stringBytes)} of ` +
      `${humanBytes(store.stringBytesMax)} (limits.string_bytes_max).`,
  );
  say(
    clients.normal + clients.subscribers > 64 * 1024 * 1024,
    `Clients that don't read hold ${humanBytes(clients.normal + clients.subscribers)} of buffers: CLIENT LIST shows whose (omem).`,
  );
  return found;
}

function doctor(context: Context): Reply {
  const found = findings(context);
  const text = found.length === 0 ? 'Nothing stands out.' : found.join('\n');
  return { kind: 'verbatim', text: `${text}\n` };
}

const subcommands: readonly Command[] = [
  {
    ...common,
    name: 'memory|doctor',
    arity: 2,
    summary: 'Tells in words what to do about memory, if anything.',
    complexity: 'O(N) for N segments and connections',
    arguments: [],
    reply: 'text',
    handler: doctor,
  },
  {
    ...common,
    name: 'memory|purge',
    arity: 2,
    summary:
      'Gives back memory that nothing uses; there is none that the process keeps for itself, so this only answers.',
    complexity: 'O(1)',
    arguments: [],
    reply: 'OK',
    notes: 'Free memory inside segments stays theirs: FABRIC.DEALLOC gives back an empty one.',
    handler: () => OK,
  },
  {
    ...common,
    name: 'memory|stats',
    arity: 2,
    summary: 'Reports on the memory of the process, its clients and its segments.',
    complexity: 'O(N) for N segments and connections',
    arguments: [],
    reply: 'map: label to bytes, count or percentage',
    handler: stats,
  },
  {
    ...common,
    name: 'memory|usage',
    arity: -3,
    flags: ['readonly'],
    keys: { first: 2, last: 2, step: 1 },
    categories: ['@read', '@slow'],
    summary: 'Answers what a variable takes in shared memory: its extent, its descriptor and its strings.',
    complexity: 'O(1)',
    arguments: [
      { name: 'key', type: 'key' },
      { name: 'count', type: 'integer', token: 'SAMPLES', optional: true },
    ],
    reply: 'bytes | null',
    handler: ranElsewhere(usage, 2),
  },
  helpCommand('memory', '4.0.0'),
];

export const memoryCommand: Command = {
  ...common,
  name: 'memory',
  arity: -2,
  summary: 'Memory of variables, clients and the process.',
  complexity: 'Depends on the subcommand.',
  arguments: [],
  reply: 'as its subcommands',
  subcommands,
};
