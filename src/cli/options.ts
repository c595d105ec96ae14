/** Options that several commands have. */
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, Option } from 'commander';
import { loadConfig, type Config, type Override } from '../main.js';

export interface NodeOptions {
  config: string;
  node?: string;
  port?: number;
  logLevel?: string;
  logFormat?: string;
}

const configFile = (name: string): string => fileURLToPath(new URL(`../../conf/${name}`, import.meta.url));
const DEFAULT_CONFIG = configFile('single.toml');
export const DEFAULT_CLUSTER_CONFIG = configFile('cluster.toml');

export function configOption(): Option {
  return new Option('-c, --config <file>', 'configuration file (TOML)').default(
    DEFAULT_CONFIG,
    'conf/single.toml of the package',
  );
}

export function nodeOption(): Option {
  return new Option('-n, --node <name>', 'name of the node, instead of node.name of the file');
}

export function integerFrom(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It is an integer from ${min} to ${max}.`);
    }
    return value;
  };
}

/** The file with what the command line changes in it. */
export function configOf({ config, node, port, logLevel, logFormat }: NodeOptions): Config {
  const overrides: Override[] = [
    { path: ['node', 'name'], value: node, origin: '--node' },
    { path: ['listen', 'port'], value: port, origin: '--port' },
    { path: ['log', 'level'], value: logLevel, origin: '--log-level' },
    { path: ['log', 'format'], value: logFormat, origin: '--log-format' },
  ];
  return loadConfig(config, { overrides: overrides.filter(({ value }) => value !== undefined) });
}
