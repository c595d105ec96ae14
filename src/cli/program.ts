import { Command } from 'commander';
import { version } from '../main.js';
import { addClusterCommand } from './cluster.js';
import { addConfigCommand } from './config.js';
import { addMetaCommand } from './meta.js';
import { addPurgeCommand } from './purge.js';
import { addServeCommand } from './serve.js';
import { addStatusCommand } from './status.js';

const EXAMPLES = `
Examples:
  $ datafabric serve --config conf/single.toml
  $ datafabric serve --config conf/single.toml --node beta --port 6380
  $ datafabric status
  $ datafabric cluster up conf/cluster.toml
  $ datafabric cluster status conf/cluster.toml
  $ datafabric config check conf/single.toml
  $ datafabric meta get schema
  $ datafabric purge --config conf/single.toml

Exit codes: 0 done, 1 failed (one sentence on stderr), 2 called wrongly.`;

export function buildProgram(): Command {
  const program = new Command('datafabric')
    .description('A shared-memory data fabric that speaks Redis.')
    .version(version)
    .showHelpAfterError('(--help shows how it is meant)')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  addServeCommand(program);
  addStatusCommand(program);
  addClusterCommand(program);
  addConfigCommand(program);
  addMetaCommand(program);
  addPurgeCommand(program);
  return program;
}
