/** The names clients know from Redis, as far as they mean something here. */
import { ownParameters } from './config-own.js';
import { ParameterRefusal, parseParameterInteger } from './config-parameter.js';
import type { Parameter } from './config-parameter.js';
import { outputLimits } from './config-output-limits.js';
import { tcpPort } from './listeners.js';

const own = new Map(ownParameters.map((parameter) => [parameter.name, parameter]));

/** Another name of an own parameter. */
function alias(name: string, ownName: string): Parameter {
  return { ...own.get(ownName)!, name };
}

/** An own integer under another name, with Redis' refusal of what isn't one; `scale` is the own unit's number in Redis' unit. */
function integerAlias(name: string, ownName: string, scale = 1): Parameter {
  const target = own.get(ownName)!;
  const read: Parameter['read'] = (context) => String(Math.floor(Number(target.read(context)) / scale));
  if (target.prepare === undefined) return { name, read };
  return {
    name,
    read,
    prepare: (context, value) => target.prepare!(context, String(parseParameterInteger(value) * scale)),
  };
}

const fixed = (name: string, value: string): Parameter => ({ name, read: () => value });

/** Redis could change it; here only its one value is accepted, which some clients set to be sure. */
function constant(name: string, value: string, why: string): Parameter {
  return {
    name,
    read: () => value,
    prepare: (_context, wanted) => {
      if (wanted.toLowerCase() !== value) throw new ParameterRefusal(`it is always "${value}": ${why}`);
      return () => undefined;
    },
  };
}

/** Redis' levels, and ours which stand for them. */
const LEVELS: readonly (readonly [redis: string, own: string])[] = [
  ['debug', 'trace'],
  ['debug', 'debug'],
  ['notice', 'info'],
  ['warning', 'warn'],
  ['warning', 'error'],
  ['warning', 'fatal'],
  ['nothing', 'silent'],
];

/** For CONFIG SET. */
const OWN_LEVEL_OF: Readonly<Record<string, string>> = {
  debug: 'debug',
  verbose: 'debug',
  notice: 'info',
  warning: 'warn',
  nothing: 'silent',
};

const logLevel: Parameter = {
  name: 'loglevel',
  read: ({ config }) => LEVELS.find(([, level]) => level === config.log.level)![0],
  prepare: (context, value) => {
    const level = OWN_LEVEL_OF[value.toLowerCase()];
    if (level === undefined) {
      const allowed = Object.keys(OWN_LEVEL_OF).join(', ');
      throw new ParameterRefusal(`argument(s) must be one of the following: ${allowed}`);
    }
    return own.get('log.level')!.prepare!(context, level);
  },
};

const MS_PER_SECOND = 1000;

export const redisParameters: readonly Parameter[] = [
  constant('save', '', 'variables survive the server in shared memory; there are no dumps'),
  constant('appendonly', 'no', 'variables survive the server in shared memory; there is no log'),
  constant('maxmemory', '0', 'segments are allocated with FABRIC.ALLOC; their sizes are the limit'),
  constant('maxmemory-policy', 'noeviction', 'variables are never evicted'),
  constant('notify-keyspace-events', '', 'there are no keyspace events; FABRIC.PTR … WAIT waits for a variable'),
  fixed('databases', '1'),
  fixed('cluster-enabled', 'no'),
  fixed('protected-mode', 'yes'),
  { name: 'port', read: (context) => String(tcpPort(context)) },
  alias('tls-port', 'tls.port'),
  alias('tls-cert-file', 'tls.cert'),
  alias('tls-key-file', 'tls.key'),
  alias('tls-ca-cert-file', 'tls.ca'),
  alias('tls-auth-clients', 'tls.client-certificates'),
  alias('bind', 'listen.hosts'),
  alias('unixsocket', 'listen.unix-socket'),
  alias('unixsocketperm', 'listen.unix-mode'),
  alias('dir', 'node.state-dir'),
  alias('requirepass', 'security.password'),
  integerAlias('maxclients', 'limits.clients-max'),
  integerAlias('proto-max-bulk-len', 'limits.bulk-bytes-max'),
  integerAlias('timeout', 'limits.idle-ms', MS_PER_SECOND),
  integerAlias('slowlog-log-slower-than', 'slowlog.slower-than-microseconds'),
  integerAlias('slowlog-max-len', 'slowlog.entries-max'),
  integerAlias('latency-monitor-threshold', 'latency.threshold-ms'),
  outputLimits,
  logLevel,
];
