/** Every section and key of the configuration file. Keys are those of `config.ts` in snake case. */
import { z } from 'zod';
import {
  addresses,
  choice,
  duration,
  integer,
  integers,
  optionalText,
  permissions,
  secret,
  size,
  text,
  texts,
  type Field,
} from './config-field.js';
import { storeFields } from './config-stores.js';
import { clusterFields, nodesSchema } from './config-cluster.js';
import { usersSchema } from './config-users.js';

const DAY_MS = 86_400_000;
const PATH = /^[^\0]+$/;
const SHM_SOURCE = /^\/[A-Za-z0-9._-]+$/;

export const fields = {
  node: {
    name: text('alpha', /^[a-z0-9-]{1,32}$/, '1 to 32 of a-z, 0-9 and "-"'),
    state_dir: optionalText(PATH, 'the path of a directory'),
    shm_prefix: text('fabric', /^[a-z0-9-]{1,32}$/, '1 to 32 of a-z, 0-9 and "-"'),
    shm_mode: permissions('0600'),
    shm_group: optionalText(/^[A-Za-z0-9_.-]+$/, 'the name or number of a group, in quotes'),
    segments_mib: integers([256], 2, 255 * 1024, 'segment sizes in MiB'),
  },
  listen: {
    hosts: addresses(['127.0.0.1']),
    port: integer(6379, 0, 65535),
    unix_socket: optionalText(/^[^\0]{1,107}$/, 'the path of a socket, up to 107 bytes'),
    unix_mode: permissions('0600'),
  },
  tls: {
    hosts: addresses([]),
    port: integer(6380, 0, 65535),
    cert: optionalText(PATH, 'the path of a PEM file: the certificate, and those that lead to its authority'),
    key: optionalText(PATH, "the path of a PEM file: the certificate's private key"),
    ca: optionalText(PATH, 'the path of a PEM file: the authorities that sign client certificates'),
    client_certificates: choice('no', ['no', 'optional', 'required']),
    min_version: choice('TLSv1.2', ['TLSv1.2', 'TLSv1.3']),
  },
  security: {
    password: secret(optionalText(/^[^\0]{1,512}$/, 'a string of 1 to 512 characters')),
    source_roots: texts([], PATH, 'a list of directories; [] forbids FILE sources'),
    shm_source_prefixes: texts(
      [],
      SHM_SOURCE,
      'a list of beginnings of shm names, each "/" and then letters, digits, ".", "_" or "-", such as ["/psm_"]',
    ),
  },
  limits: {
    clients_max: integer(10_000, 1, 1_000_000),
    bulk_bytes_max: size('4 GiB', 1024),
    reserved_bytes_max: size('64 GiB', 1024),
    input_bytes_max: size('512 MiB', 1_048_576),
    output_buffer_bytes_max: size('256 MiB', 65_536),
    pushed_bytes_max: size('32 MiB', 0),
    pushed_soft_bytes: size('8 MiB', 0),
    pushed_soft_ms: duration('60s', 0, DAY_MS),
    subscriptions_max: integer(100_000, 1, 2 ** 24),
    transaction_bytes_max: size('64 MiB', 1024),
    watched_names_max: integer(10_000, 1, 1_000_000),
    documentation_bytes_max: size('64 KiB', 0),
    variables_max: integer(4_194_304, 16, 2 ** 30),
    pins_max: integer(262_144, 16, 2 ** 24),
    string_bytes_max: size('1 GiB', 1_048_576),
    segments_max: integer(1024, 1, 65_535),
    slots_max: integer(4096, 1, 65_536),
    half_sent_ms: duration('30s', 100, DAY_MS),
    idle_ms: duration('0ms', 0, 365 * DAY_MS),
    wait_ms_max: duration('1h', 1, 30 * DAY_MS),
    lease_ms_max: duration('1d', 1, 30 * DAY_MS),
  },
  times: {
    quarantine_ms: duration('2s', 0, DAY_MS),
    pin_linger_ms: duration('30s', 0, DAY_MS),
    reserve_linger_ms: duration('30s', 0, DAY_MS),
    restart_grace_ms: duration('10s', 0, DAY_MS),
    drain_ms: duration('5s', 0, DAY_MS),
  },
  meta: {
    ...storeFields,
    repository: text('main', /^[A-Za-z0-9-]{1,64}$/, '1 to 64 letters, digits and "-"'),
    remote_roots: texts([], PATH, 'a list of directories; [] forbids META.REMOTE in the file system'),
    watch_ms: duration('500ms', 10, DAY_MS),
  },
  data: storeFields,
  log: {
    level: choice('info', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    format: choice('auto', ['pretty', 'json', 'auto']),
  },
  slowlog: {
    slower_than_microseconds: integer(10_000, -1, 2 ** 40),
    entries_max: integer(128, 0, 100_000),
  },
  latency: {
    threshold_ms: duration('0ms', 0, DAY_MS),
  },
  cluster: clusterFields,
} as const;

export type SectionName = keyof typeof fields;

/** The fields without their value types, for generic walks. */
export const sections: Readonly<Record<string, Readonly<Record<string, Field>>>> = fields;

type Shape<T extends Readonly<Record<string, Field>>> = { [K in keyof T]: T[K]['schema'] };

function section<T extends Readonly<Record<string, Field>>>(
  keys: T,
): z.ZodPrefault<z.ZodObject<Shape<T>, z.core.$strict>> {
  const shape = Object.fromEntries(Object.entries(keys).map(([key, { schema }]) => [key, schema])) as Shape<T>;
  return z.strictObject(shape).prefault({} as never);
}

export const schema = z.strictObject({
  node: section(fields.node),
  listen: section(fields.listen),
  tls: section(fields.tls),
  security: section(fields.security),
  users: usersSchema,
  limits: section(fields.limits),
  times: section(fields.times),
  meta: section(fields.meta),
  data: section(fields.data),
  log: section(fields.log),
  slowlog: section(fields.slowlog),
  latency: section(fields.latency),
  cluster: section(fields.cluster),
  nodes: nodesSchema,
});

export type RawConfig = z.output<typeof schema>;
