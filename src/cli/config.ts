import { Command } from 'commander';
import { loadConfig, showConfig } from '../main.js';

export function addConfigCommand(program: Command): void {
  const config = new Command('config')
    .description('Check a configuration file, or show what it comes to.')
    .exitOverride();
  config
    .command('check <file>')
    .description('Say what is wrong with a file, with lines; nothing is started.')
    .action((file: string) => {
      const { node } = loadConfig(file);
      process.stdout.write(`${file} is a valid configuration of node ${node.name}\n`);
    });
  config
    .command('show <file>')
    .description('Print the whole configuration as TOML, defaults and environment included, without the password.')
    .action((file: string) => void process.stdout.write(showConfig(loadConfig(file))));
  program.addCommand(config);
}
