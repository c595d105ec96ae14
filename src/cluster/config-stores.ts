/** `[meta]` and `[data]`: which store, and where. Both have these keys; each kind of store has its own of them. */
import { join } from 'node:path';
import { z } from 'zod';
import type { ConfigDocument } from './config-document.js';
import { careful, choice, duration, optionalFlag, optionalText, text } from './config-field.js';
import type { StoreConfig } from './config.js';

const PATH = /^[^\0]+$/;
/** Without user and password: they would be shown wherever the store is named. */
const ENDPOINT = /^https?:\/\/[A-Za-z0-9._-]+(:\d{1,5})?$|^https?:\/\/\[[0-9a-fA-F:]+\](:\d{1,5})?$/;
const TIMEOUT_MS_MIN = 1000;
const TIMEOUT_MS_MAX = 3_600_000;

export const storeFields = {
  store: choice('posix', ['posix', 'memory', 's3', 'hdfs']),
  path: optionalText(PATH, 'the path of a directory; with "hdfs" one of HDFS, from "/" on'),
  bucket: optionalText(/^[A-Za-z0-9._-]{1,255}$/, 'the name of a bucket'),
  prefix: text(
    '',
    /^([A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*)?$/,
    'parts of letters, digits, ".", "_", "-", joined by "/"',
  ),
  region: text('us-east-1', /^[A-Za-z0-9-]{1,64}$/, 'the name of a region'),
  endpoint: careful(optionalText(ENDPOINT, '"http://host:port" or "https://host:port", without user and password')),
  path_style: optionalFlag(),
  credentials_file: optionalText(PATH, "the path of a file with credentials, as Amazon's tools have them"),
  profile: optionalText(/^[^\0\]]{1,128}$/, 'the name of a section of the credentials file'),
  user: optionalText(/^[A-Za-z0-9._@-]{1,64}$/, 'the name of a user of HDFS'),
  timeout_ms: duration('30s', TIMEOUT_MS_MIN, TIMEOUT_MS_MAX),
} as const;

type Raw = { [K in keyof typeof storeFields]: z.output<(typeof storeFields)[K]['schema']> };
type StoreKind = Raw['store'];
type StoreKey = keyof Raw;
type Section = 'meta' | 'data';

const REMOTE = ['endpoint', 'timeout_ms'] as const;

/** Keys that mean something beside `store`. */
const KEYS: Readonly<Record<StoreKind, readonly StoreKey[]>> = {
  memory: [],
  posix: ['path'],
  s3: ['bucket', 'prefix', 'region', 'path_style', 'credentials_file', 'profile', ...REMOTE],
  hdfs: ['path', 'user', ...REMOTE],
};

const NEEDED: Readonly<Record<StoreKind, readonly StoreKey[]>> = {
  memory: [],
  posix: [],
  s3: ['bucket'],
  hdfs: ['endpoint', 'path'],
};

/** Beside those of the store itself: for remotes of META, which may be on S3 wherever META is. */
const MORE_KEYS: Readonly<Record<Section, readonly StoreKey[]>> = { meta: ['credentials_file', 'profile'], data: [] };

/** What no single key can tell. */
export function checkStores(
  raw: Readonly<Record<Section, Raw>>,
  document: ConfigDocument,
  add: (path: readonly string[], text: string) => void,
): void {
  for (const section of ['meta', 'data'] as const) {
    const { store, path } = raw[section];
    for (const key of strangers([...KEYS[store], ...MORE_KEYS[section]], document.values[section])) {
      add([section, key], `means nothing to a store of kind "${store}": leave it out, or set ${section}.store`);
    }
    for (const key of NEEDED[store]) {
      if (raw[section][key] === undefined) add([section, 'store'], `"${store}" needs ${section}.${key}`);
    }
    if (store === 'hdfs' && path !== undefined && !/^(\/[A-Za-z0-9._-]+)+$/.test(path)) {
      add([section, 'path'], 'a folder of HDFS is written from "/" on, in parts of letters, digits, ".", "_" and "-"');
    }
  }
}

/** Keys of other kinds of store. */
function strangers(own: readonly StoreKey[], written: unknown): StoreKey[] {
  const allowed: readonly string[] = ['store', ...own];
  const keys = Object.keys(storeFields) as StoreKey[];
  return keys.filter((key) => !allowed.includes(key) && Object.hasOwn((written as object | undefined) ?? {}, key));
}

/** `home` is where a store in files is when the file doesn't say. */
export function completeStore(raw: Raw, home: string, absolute: (path: string) => string): StoreConfig {
  const { store, path, endpoint, timeout_ms: timeoutMs } = raw;
  switch (store) {
    case 'memory':
      return { store };
    case 'posix':
      return { store, path: path === undefined ? home : absolute(path) };
    case 'hdfs':
      return { store, endpoint: endpoint!, path: path!, user: raw.user, timeoutMs };
    case 's3':
      return {
        store,
        bucket: raw.bucket!,
        prefix: raw.prefix,
        region: raw.region,
        endpoint,
        pathStyle: raw.path_style ?? endpoint !== undefined,
        credentialsFile: raw.credentials_file === undefined ? undefined : absolute(raw.credentials_file),
        profile: raw.profile,
        timeoutMs,
      };
  }
}

/** Whether one of them would find the other's objects among its own. */
export function overlap(one: StoreConfig, other: StoreConfig): boolean {
  const [first, second] = [rootOf(one), rootOf(other)];
  return first !== undefined && second !== undefined && (first.startsWith(second) || second.startsWith(first));
}

/** What all that is in a store begins with, unlike that of any other place; undefined where nobody else comes. */
function rootOf(config: StoreConfig): string | undefined {
  switch (config.store) {
    case 'memory':
      return undefined;
    case 'posix':
      return `file:${join(config.path, '/')}`;
    case 'hdfs':
      return `${config.endpoint}${config.path}/`;
    case 's3':
      return `${config.endpoint ?? 's3:'} ${config.bucket} ${config.prefix === '' ? '' : `${config.prefix}/`}`;
  }
}
