import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { purge, type Config } from '../main.js';
import { UsageError } from './failure.js';
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
  if (options.yes !== true && !(await confirmed(config))) {
    process.stdout.write('nothing was removed\n');
    return;
  }
  const removed = await purge(config);
  for (const name of removed) process.stdout.write(`removed /dev/shm${name}\n`);
  if (removed.length === 0) process.stdout.write(`node ${config.node.name} has no shared memory here\n`);
}

async function confirmed({ node }: Config): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('purge removes data and asks first; without a terminal say --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      `Remove /dev/shm/${node.shmPrefix}.${node.name}.* and all variables in it? [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
