/** `datafabric cluster drain | rebalance | upkeep | promote`: asked of whichever of a file's nodes answers. */
import { Option, type Command } from 'commander';
import { FabricError } from '../errors.js';
import { ask, nodesOf, upkeepOf, type Fields } from './asking.js';
import { clusterNodes, serverOfNode } from './cluster-nodes.js';
import { UsageError } from './failure.js';
import { DEFAULT_CLUSTER_CONFIG } from './options.js';
import { plainTable, textOf } from './segment-table.js';

interface Options {
  config: string;
  bytesPerSecond?: string;
  stop?: boolean;
  force?: boolean;
}

const HEAD = ['work', 'node', 'state', 'moved', 'bytes', 'left', 'bytes', 'pinned', 'bytes/s', ''];
const LABELS = [
  'kind',
  'node',
  'state',
  'moved_variables',
  'moved_bytes',
  'left_variables',
  'left_bytes',
  'pinned_variables',
  'bytes_per_second',
  'why',
];
/** Numbers, counted from 1. */
const RIGHT = [4, 5, 6, 7, 8, 9];

export function addUpkeepCommands(cluster: Command): void {
  const add = (usage: string, description: string): Command =>
    cluster
      .command(usage)
      .description(description)
      .addOption(new Option('-c, --config <file>', "the nodes' configuration").default(DEFAULT_CLUSTER_CONFIG));
  const addMoving = (usage: string, description: string): Command =>
    add(usage, description)
      .option('--bytes-per-second <n>', 'how fast (default: cluster.upkeep_bytes_per_second)')
      .option('--stop', 'end it');
  addMoving(
    'drain <node>',
    'Empty a node: what it has goes to the others, and it gets nothing new until --stop.',
  ).action((node: string, options: Options) => say(options, ['FABRIC.DRAIN', node, ...rate(options)]));
  addMoving('rebalance', 'Share variables out over the nodes by their weights.').action((options: Options) =>
    say(options, ['FABRIC.REBALANCE', ...rate(options)]),
  );
  add('upkeep', 'Show what is being moved between nodes, and how far that is.').action((options: Options) =>
    show(options),
  );
  add('promote <node>', 'Make another node the coordinator.')
    .option('--force', "also when the present one doesn't answer; make sure that it has ended")
    .action((node: string, options: Options) =>
      say(options, ['FABRIC.PROMOTE', node, ...(options.force === true ? ['FORCE'] : [])]),
    );
}

function rate({ bytesPerSecond, stop }: Options): string[] {
  if (bytesPerSecond !== undefined && stop === true) throw new UsageError('say either --bytes-per-second or --stop');
  if (stop === true) return ['STOP'];
  return bytesPerSecond === undefined ? [] : ['BYTES_PER_SECOND', bytesPerSecond];
}

async function say({ config }: Options, [command, ...args]: readonly string[]): Promise<void> {
  const reply = await ask(await anyServer(config), (client) => client.call(command!, ...args));
  process.stdout.write(`${Array.isArray(reply) ? reply.flat().join(' ') : String(reply)}\n`);
}

async function show({ config }: Options): Promise<void> {
  const jobs: readonly Fields[] = await ask(await anyServer(config), upkeepOf);
  const table = plainTable(HEAD, RIGHT);
  for (const job of jobs) table.push(LABELS.map((label) => job.get(label) ?? ''));
  process.stdout.write(jobs.length === 0 ? 'nothing is being moved\n' : `${textOf(table)}\n`);
}

/** The first that answers: what is asked then is asked once. */
async function anyServer(file: string) {
  const failures: string[] = [];
  for (const node of clusterNodes(file)) {
    const server = serverOfNode(node);
    try {
      await ask(server, nodesOf);
      return server;
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new FabricError('ERR', ['no node answers:', ...failures].join('\n  '));
}
