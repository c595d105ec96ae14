/** `datafabric cluster …`: the nodes of one configuration file together. */
import { Command } from 'commander';
import { FabricError } from '../errors.js';
import { purge } from '../main.js';
import { ask, nodesOf, type Fields } from './asking.js';
import { clusterNodes, localNodes, serverOfNode } from './cluster-nodes.js';
import { up } from './cluster-up.js';
import { addUpkeepCommands } from './cluster-upkeep.js';
import { confirmed } from './confirmed.js';
import { UsageError } from './failure.js';
import { DEFAULT_CLUSTER_CONFIG } from './options.js';
import { missingNodes, nodeTable } from './node-table.js';
import { addUrlOptions, serverOf, type UrlOptions } from './status.js';

export function addClusterCommand(program: Command): void {
  const cluster = new Command('cluster').description('Start, show or remove all nodes of a cluster.').exitOverride();
  cluster
    .command('up <file>')
    .description("Start all of a file's nodes that are of this machine, for trying out, until Ctrl-C.")
    .action(async (file: string) => process.exit(await up(file)));
  addUrlOptions(
    cluster
      .command('status [file]')
      .description('Show the nodes of a running cluster; exit with 1 when one is down.')
      .addHelpText(
        'after',
        '\nWith a file whichever of its nodes answers is asked, by default those of conf/cluster.toml; with --url that server.',
      ),
  ).action((file: string | undefined, options: UrlOptions) => status(file, options));
  cluster
    .command('purge <file>')
    .description(
      "Remove the shared memory of a file's nodes on this machine, with every variable in it; they must be stopped.",
    )
    .option('-y, --yes', "don't ask")
    .action((file: string, options: { yes?: boolean }) => purgeAll(file, options.yes === true));
  addUpkeepCommands(cluster);
  program.addCommand(cluster);
}

async function status(file: string | undefined, options: UrlOptions): Promise<void> {
  if (file !== undefined && options.url !== undefined) throw new UsageError('say either a file or --url');
  const nodes =
    options.url === undefined ? await askAny(file ?? DEFAULT_CLUSTER_CONFIG) : await ask(serverOf(options), nodesOf);
  process.stdout.write(`${nodeTable(nodes, process.stdout.isTTY)}\n`);
  const missing = missingNodes(nodes);
  if (missing.length > 0) throw new FabricError('ERR', `not there: ${missing.join(', ')}`);
}

/** The coordinator knows best; whoever answers will do. */
async function askAny(file: string): Promise<Fields[]> {
  const failures: string[] = [];
  for (const node of clusterNodes(file)) {
    try {
      return await ask(serverOfNode(node), nodesOf);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new FabricError('ERR', ['no node answers:', ...failures].join('\n  '));
}

async function purgeAll(file: string, yes: boolean): Promise<void> {
  const nodes = await localNodes(file);
  const shown = nodes.map(({ config: { node } }) => `/dev/shm/${node.shmPrefix}.${node.name}.*`).join(', ');
  if (!yes && !(await confirmed(`Remove ${shown} and all variables in them?`))) {
    process.stdout.write('nothing was removed\n');
    return;
  }
  const failures: string[] = [];
  for (const { name, config } of nodes) {
    try {
      const removed = await purge(config);
      for (const object of removed) process.stdout.write(`removed /dev/shm${object}\n`);
      if (removed.length === 0) process.stdout.write(`node ${name} has no shared memory here\n`);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  if (failures.length > 0) throw new FabricError('ERR', failures.join('\n'));
}
