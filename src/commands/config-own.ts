/** The keys of the configuration file as parameters: `clients_max` in `[limits]` is `limits.clients-max`. */
import { DEFAULT_USER, exposedHosts } from '../cluster/config-reach.js';
import { sections } from '../cluster/config-schema.js';
import type { Config } from '../cluster/config.js';
import { ParameterRefusal } from './config-parameter.js';
import type { Parameter } from './config-parameter.js';
import type { Context } from './context.js';

type Field = (typeof sections)[string][string];
/** What the values of `Config` are. */
type Value = string | number | boolean | readonly (string | number)[] | undefined;
type Values = Record<string, Value>;

/** Those the program reads anew each time it needs them. */
const CHANGEABLE: ReadonlySet<string> = new Set([
  'security.password',
  'limits.clients-max',
  'limits.reserved-bytes-max',
  'limits.input-bytes-max',
  'limits.output-buffer-bytes-max',
  'limits.pushed-bytes-max',
  'limits.pushed-soft-bytes',
  'limits.pushed-soft-ms',
  'limits.subscriptions-max',
  'limits.transaction-bytes-max',
  'limits.watched-names-max',
  'limits.documentation-bytes-max',
  'limits.half-sent-ms',
  'limits.idle-ms',
  'limits.wait-ms-max',
  'limits.lease-ms-max',
  'times.drain-ms',
  'log.level',
  'slowlog.slower-than-microseconds',
  'slowlog.entries-max',
  'latency.threshold-ms',
]);

const HIDDEN = '(set, and not shown)';

/** The property of `Config` a key became. */
function propertyOf(key: string): string {
  if (key === 'unix_socket') return 'unixPath';
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function shown(key: string, value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'object') return value.join(' ');
  return typeof value === 'number' && key.endsWith('_mode') ? value.toString(8) : String(value);
}

/** What has to happen beside the change of the value. */
function guard(name: string, context: Context, value: unknown): void {
  if (name !== 'security.password') return;
  const { listen, tls, users } = context.config;
  if (users.some((user) => user.name === DEFAULT_USER)) {
    throw new ParameterRefusal('the user default stands in [[users]] of the config file, with its passwords');
  }
  if (value === undefined && exposedHosts(listen, tls, tls.clientCertificates).length > 0) {
    throw new ParameterRefusal('a password is needed while listening beyond loopback');
  }
}

/** None of a section that isn't there: [cluster] of a node that is alone. */
function valuesOf(config: Config, section: string): Values {
  return (config as unknown as Partial<Record<string, Values>>)[section] ?? {};
}

function prepareField(section: string, key: string, field: Field): NonNullable<Parameter['prepare']> {
  const name = ownName(section, key);
  const property = propertyOf(key);
  return (context, text) => {
    // An empty string unsets what may be absent, as in CONFIG SET requirepass "".
    const raw =
      text === '' && field.secret ? undefined : /^-?[0-9]+$/.test(text) && !field.secret ? Number(text) : text;
    const parsed = field.schema.safeParse(raw);
    if (!parsed.success) throw new ParameterRefusal(`argument must be ${field.allowed}`);
    guard(name, context, parsed.data);
    return () => {
      valuesOf(context.config, section)[property] = parsed.data as Value;
      if (name === 'log.level') context.log.level = context.config.log.level;
    };
  };
}

const ownName = (section: string, key: string) => `${section}.${key.replaceAll('_', '-')}`;

function ownParameter(section: string, key: string, field: Field): Parameter {
  const name = ownName(section, key);
  const property = propertyOf(key);
  return {
    name,
    read: ({ config }) => {
      const value = valuesOf(config, section)[property];
      return field.secret && value !== undefined ? HIDDEN : shown(key, value);
    },
    ...(CHANGEABLE.has(name) ? { prepare: prepareField(section, key, field) } : {}),
  };
}

export const ownParameters: readonly Parameter[] = Object.entries(sections).flatMap(([section, keys]) =>
  Object.entries(keys).map(([key, field]) => ownParameter(section, key, field)),
);
