/** LATENCY: which delays there were. */
import { map, record, type Reply } from '../resp/reply.js';
import type { Command, CommandFlag } from './command.js';
import type { CommandStats, Context } from './context.js';
import { helpCommand } from './help.js';
import type { LatencyEvent } from './latency.js';

const common = {
  flags: ['admin', 'noscript', 'loading', 'stale'] as readonly CommandFlag[],
  categories: ['@admin', '@slow', '@dangerous'],
  since: '2.8.13',
  group: 'server',
} as const satisfies Partial<Command>;

const MEANINGS: Readonly<Record<string, string>> = {
  command: 'a command took long: SLOWLOG GET tells which; those that copy or checksum much count with their wait',
  'fast-command': 'a command that should be quick took long: the machine is busy, or memory is being swapped',
  'event-loop': 'nothing was served for a while: a command worked long at a stretch, or the process got no CPU',
};

const latest = ({ server }: Context): Reply =>
  server.latency.events().map(({ name, samples, maxMs }) => {
    const last = samples.at(-1)!;
    return [name, last.timeSeconds, last.ms, Math.round(maxMs)];
  });

function history({ server }: Context, args: readonly Buffer[]): Reply {
  const samples = server.latency.event(args[2]!.toString())?.samples ?? [];
  return samples.map(({ timeSeconds, ms }) => [timeSeconds, ms]);
}

function reset({ server }: Context, args: readonly Buffer[]): Reply {
  return server.latency.reset(args.length === 2 ? undefined : args.slice(2).map(String));
}

function eventText({ name, samples, maxMs }: LatencyEvent): string {
  const mean = samples.reduce((sum, { ms }) => sum + ms, 0) / samples.length;
  const numbers = `${samples.length} seconds with delays, ${mean.toFixed(0)} ms on average, ${maxMs.toFixed(0)} ms at worst`;
  return `${name}: ${numbers}. ${MEANINGS[name] ?? ''}\n`;
}

function doctor({ server, config }: Context): Reply {
  const { thresholdMs } = config.latency;
  if (thresholdMs === 0) {
    const text =
      'Nothing is watched: CONFIG SET latency-monitor-threshold <milliseconds> keeps delays from that length on.\n';
    return { kind: 'verbatim', text };
  }
  const events = server.latency.events();
  const text =
    events.length === 0 ? `No delay of ${thresholdMs} ms or more was seen.\n` : events.map(eventText).join('');
  return { kind: 'verbatim', text };
}

/** Bounds in microseconds, and how many calls took less, as far as the count rises. */
function histogramOf({ calls, histogram }: CommandStats): Reply {
  const buckets: [Reply, Reply][] = [];
  let below = 0;
  for (const [bits, count] of histogram.entries()) {
    below += count;
    if (count > 0) buckets.push([2 ** bits, below]);
  }
  return record({ calls, histogram_usec: map(buckets) });
}

function histogram({ server, table }: Context, args: readonly Buffer[]): Reply {
  server.collectCounts();
  const { commands } = server.metrics;
  const asked = args.slice(2).flatMap((arg) => {
    const command = table.get(arg.toString('latin1').toLowerCase());
    return command === undefined ? [] : [command, ...(command.subcommands ?? [])].map(({ name }) => name);
  });
  const names = args.length === 2 ? [...commands.keys()] : [...new Set(asked)];
  const entries = names.flatMap((name): [Reply, Reply][] => {
    const stats = commands.get(name);
    return stats === undefined || stats.calls === 0 ? [] : [[name, histogramOf(stats)]];
  });
  return map(entries);
}

const subcommands: readonly Command[] = [
  {
    ...common,
    name: 'latency|doctor',
    arity: 2,
    summary: 'Tells in words which delays there were, and what they may come from.',
    complexity: 'O(1)',
    arguments: [],
    reply: 'text',
    handler: doctor,
  },
  {
    ...common,
    name: 'latency|histogram',
    arity: -2,
    summary: 'Answers how long the calls of commands took.',
    complexity: 'O(N) for N commands',
    since: '7.0.0',
    arguments: [{ name: 'command', type: 'string', optional: true, multiple: true }],
    reply: 'map: command to its calls, and how many of them took less than so many microseconds',
    notes:
      'The bounds are powers of two. Plain reads, which take about a microsecond, are timed together and counted by their mean. CONFIG ' +
      'RESETSTAT begins anew.',
    handler: histogram,
  },
  {
    ...common,
    name: 'latency|history',
    arity: 3,
    summary: 'Answers the latest delays of an event.',
    complexity: 'O(1)',
    arguments: [{ name: 'event', type: 'string' }],
    reply: '[[unix seconds, milliseconds], …] oldest first',
    handler: history,
  },
  {
    ...common,
    name: 'latency|latest',
    arity: 2,
    summary: 'Answers the latest delay of each event.',
    complexity: 'O(1)',
    arguments: [],
    reply: '[[event, unix seconds, milliseconds, most milliseconds], …]',
    notes: `Events: ${Object.keys(MEANINGS)
      .map((name) => `\`${name}\``)
      .join(
        ', ',
      )}. Delays are kept from \`latency.threshold_ms\` on (CONFIG SET latency-monitor-threshold); 0, the default: none.`,
    handler: latest,
  },
  {
    ...common,
    name: 'latency|reset',
    arity: -2,
    summary: 'Forgets the delays of some events, or of all.',
    complexity: 'O(N) for N events',
    arguments: [{ name: 'event', type: 'string', optional: true, multiple: true }],
    reply: 'how many events there were',
    handler: reset,
  },
  helpCommand('latency', '2.8.13'),
];

export const latencyCommand: Command = {
  name: 'latency',
  arity: -2,
  flags: [],
  categories: ['@slow'],
  summary: 'Delays, and what they come from.',
  complexity: 'Depends on the subcommand.',
  since: '2.8.13',
  group: 'server',
  arguments: [],
  reply: 'as its subcommands',
  subcommands,
};
