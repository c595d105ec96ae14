import type { Command } from 'commander';
import { purge } from '../main.js';
import { confirmed } from './confirmed.js';
import { configOf, configOption, nodeOption, type NodeOptions } from './options.js';

interface PurgeOptions extends NodeOptions {
  yes?: boolean;
}

export function addPurgeCommand(program: Command): void {
  program
    .command('purge')
    .description("Remove a stopped node's shared memory, with every variable in it.")
    .addOption(configOption())
    .addOption(nodeOption())
    .option('-y, --yes', "don't ask")
    .addHelpText('after', '\nThe empty lock file stays: it is what keeps two servers from owning one node.')
    .action((options: PurgeOptions) => run(options));
}

async function run(options: PurgeOptions): Promise<void> {
  const config = configOf(options);
  const { shmPrefix, name: node } = config.node;
  if (options.yes !== true && !(await confirmed(`Remove /dev/shm/${shmPrefix}.${node}.* and all variables in it?`))) {
    process.stdout.write('nothing was removed\n');
    return;
  }
  const removed = await purge(config);
  for (const name of removed) process.stdout.write(`removed /dev/shm${name}\n`);
  if (removed.length === 0) process.stdout.write(`node ${node} has no shared memory here\n`);
}
