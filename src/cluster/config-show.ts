/** A configuration as TOML, complete, as `datafabric config show` prints it. */
import { dirname } from 'node:path';
import { nodeSections } from './config-cluster.js';
import type { ClusterNodeConfig, Config, UserConfig } from './config.js';
import type { Field } from './config-field.js';
import { sections, type SectionName } from './config-schema.js';

export function showConfig(given: Config): string {
  const config = given.cluster === undefined ? given : withCommonStateDir(given);
  const blocks = Object.entries(sections).flatMap(([name, keys]) => {
    const values = config[name as SectionName] as unknown as Readonly<Record<string, unknown>> | undefined;
    return values === undefined ? [] : [showTable(`[${name}]`, keys, values)];
  });
  const nodes = config.cluster?.nodes ?? [];
  return `${[...blocks, ...nodes.map(showNode), ...config.users.map(showUser)].join('\n\n')}\n`;
}

/** As the file has it, above the folder of each node. */
const withCommonStateDir = (config: Config): Config => ({
  ...config,
  node: { ...config.node, stateDir: dirname(config.node.stateDir) },
});

const showNode = (node: ClusterNodeConfig): string =>
  showTable('[[nodes]]', nodeSections, node as unknown as Readonly<Record<string, unknown>>);

function showTable(
  title: string,
  keys: Readonly<Record<string, Field>>,
  values: Readonly<Record<string, unknown>>,
): string {
  const lines = Object.entries(keys).map(([key, { secret }]) => line(key, values[property(key)], secret));
  return [title, ...lines].join('\n');
}

function showUser(user: UserConfig): string {
  const { name, enabled, nopass, passwordSha256, commands, read, write } = user;
  const passwords = passwordSha256.length === 0 ? [] : [line('password', passwordSha256, true)];
  const values = Object.entries({ enabled, nopass, commands, read, write });
  return [
    '[[users]]',
    line('name', name, false),
    ...passwords,
    ...values.map(([key, value]) => line(key, value, false)),
  ].join('\n');
}

function line(key: string, value: unknown, secret: boolean): string {
  if (value === undefined) return `# ${key} is not set`;
  if (secret) return `# ${key} is set, and not shown`;
  if (key.endsWith('_mode')) return `${key} = "0${(value as number).toString(8).padStart(3, '0')}"`;
  return `${key} = ${Array.isArray(value) ? `[${value.map(literal).join(', ')}]` : literal(value)}`;
}

/** JSON's strings and integers are TOML's too. */
function literal(value: unknown): string {
  return JSON.stringify(value);
}

/** The property of `Config` that a key of the file became. */
function property(key: string): string {
  if (key === 'unix_socket') return 'unixPath';
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
